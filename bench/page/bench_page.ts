import { chartSvg } from "../../eval/report/chart_svg.ts";
import { staticPage } from "../../eval/report/static_page.ts";
import { html, type Markup } from "../../io/markup.ts";
import { batches } from "./batches.ts";
import { card } from "./card.ts";
import { decode } from "./decode.ts";
import { facts } from "./facts.ts";
import type { Drawing, Figure, Results } from "./figure.ts";
import { firstToken } from "./first_token.ts";
import { fusion } from "./fusion.ts";
import { memory } from "./memory.ts";
import { overhead } from "./overhead.ts";
import { perplexity } from "./perplexity.ts";
import { prefill } from "./prefill.ts";
import { stages } from "./stages.ts";

/** In the order of the page. */
const drawings: readonly Drawing[] = [
  prefill,
  batches,
  stages,
  firstToken,
  decode,
  perplexity,
  memory,
  overhead,
  fusion,
  card,
  facts,
];

/** All results as one page; those that no chart draws are named at its end. */
export async function benchPage(results: Results): Promise<string> {
  const figures = drawings.flatMap(({ of, draw }) => {
    const own = new Map([...results].filter(([name]) => of.test(name)));
    return own.size === 0 ? [] : draw(own);
  });
  const drawn = new Set(figures.flatMap(({ files }) => files));
  const left = [...results.keys()].filter((name) => !drawn.has(name));
  return staticPage({
    title: "Benchmarks",
    kind: "bench/results",
    sections: [
      html`<p>Every chart shows stored results, names the command that made them, and where. Compare bars of one chart, which were measured in turn, never bars of two: machines are noisy.</p>`,
      ...await Promise.all(figures.map((figure) => draw(figure, results))),
      html`
        <section>
          <h2>Left out</h2>
          <p>${left.length === 0
            ? "Nothing: every file of bench/results is drawn above."
            : `No chart draws ${
              left.map((name) => `${name}.json`).join(", ")
            }.`}</p>
        </section>
      `,
    ],
  });
}

async function draw(figure: Figure, results: Results): Promise<Markup> {
  const svg = await chartSvg(figure.chart);
  return html`
    <figure>
      <h2>${figure.title}</h2>
      <p>${figure.says}</p>
      <div class="scroll">${svg}</div>
      <figcaption>${figure.files.map((name) =>
        source(name, results.get(name))
      )}</figcaption>
    </figure>
  `;
}

/** Where a result comes from. */
function source(name: string, data: unknown): Markup {
  const { command, machine, card } = data as {
    readonly command?: string;
    readonly machine?: { readonly cpu: string; readonly cores: number };
    readonly card?: string;
  };
  const on = card ?? (machine && `${machine.cpu}, ${machine.cores} cores`);
  return html`<p>${name}.json${on && `, ${on}`}: <code>${
    command ?? "no command is stored"
  }</code></p>`;
}
