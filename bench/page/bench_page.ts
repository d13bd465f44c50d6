import { chartSvg } from "../../eval/report/chart_svg.ts";
import { staticPage } from "../../eval/report/static_page.ts";
import { html, type Markup } from "../../io/markup.ts";
import { batches } from "./batches.ts";
import { card } from "./card.ts";
import { chunksAtOnce } from "./chunks_at_once.ts";
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
  chunksAtOnce,
  facts,
];

/** All results as one page; those that no chart draws, or that are not as a chart reads them, are named at its end. */
export async function benchPage(results: Results): Promise<string> {
  const figures = drawings.flatMap(({ of, draw }) => {
    const own = [...results].filter(([name, data]) =>
      of.test(name) && canDraw(() => draw(new Map([[name, data]])))
    );
    return own.length === 0 ? [] : draw(new Map(own));
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

/** Data of another form than its drawing knows has fields that are not there. */
function canDraw(draw: () => unknown): boolean {
  try {
    draw();
    return true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
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
  const { machine, card } = data as {
    readonly machine?: { readonly cpu: string; readonly cores: number };
    readonly card?: string;
  };
  const on = card ?? (machine && `${machine.cpu}, ${machine.cores} cores`);
  const commands = [...new Set(commandsIn(data))];
  return html`<p>${name}.json${on && `, ${on}`}: ${
    commands.length === 0
      ? "no command is stored"
      : commands.map((command, i) =>
        html`${i > 0 ? "; " : ""}<code>${command}</code>`
      )
  }</p>`;
}

/** Commands of a result, or of its rows. */
function commandsIn(data: unknown): string[] {
  if (typeof data !== "object" || data === null) return [];
  if ("command" in data && /^(deno|parallelcomp) /.test(String(data.command))) {
    return [String(data.command)];
  }
  return Object.values(data).flatMap(commandsIn);
}
