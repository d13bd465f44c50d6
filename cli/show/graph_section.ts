import type { RunRecord } from "../record/run_record.ts";
import { type GraphLayout, layoutGraph } from "./graph_layout.ts";
import { html, type Markup } from "../../io/markup.ts";

/** Sizes of a box and the room around it, in pixels. */
const BOX = { width: 176, height: 40, across: 20, down: 26 };

/** The graph as boxes in the order in which values run, and its options as text. */
export function graphSection({ graph }: RunRecord): Markup {
  const layout = layoutGraph(graph);
  const right = layout.columns * (BOX.width + BOX.across);
  const width = right + 10 * (layout.tracks + 1);
  const height = layout.rows * (BOX.height + BOX.down);
  return html`
    <section>
      <h2>Graph <small>${graph.file}</small></h2>
      <p>${graph.summary}</p>
      <div class="scroll" tabindex="0" role="region" aria-label="Graph">
        <svg class="graph" width="${width}" height="${height}"
          viewBox="0 0 ${width} ${height}" role="img"
          aria-label="Nodes of the graph and what they read"><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0 6 3 0 6z"/></marker>${layout
            .edges.map(
              (edge) => line(edge, right),
            )}${layout.boxes.map(box)}</svg>
      </div>
      <details>
        <summary>Nodes and options</summary>
        <dl class="nodes">${graph.nodes.map((
          { name, stage, options, inputs },
        ) =>
          html`
            <dt>${name} <small>${stage}</small></dt>
            <dd>${Object.entries(inputs).map(([port, ends]) =>
              `${port}: ${ends.join(", ")}`
            ).join(" · ")}<code>${JSON.stringify(options)}</code></dd>
          `
        )}</dl>
      </details>
    </section>
  `;
}

const left = (column: number) => column * (BOX.width + BOX.across);
const top = (row: number) => row * (BOX.height + BOX.down);

function box({ name, stage, column, row }: GraphLayout["boxes"][number]) {
  const [x, y] = [left(column) + 0.5, top(row) + 0.5];
  return html`
    <g>
      <title>${name}: ${stage}</title>
      <rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}"
        rx="5" />
      <text x="${x + 10}" y="${y + 17}">${shorten(name)}</text>
      <text class="stage" x="${x + 10}" y="${y + 32}">${shorten(stage)}</text>
    </g>
  `;
}

function line(
  { from, to, track }: GraphLayout["edges"][number],
  right: number,
) {
  const x1 = left(from.column) + BOX.width / 2;
  const y1 = top(from.row) + BOX.height;
  const x2 = left(to.column) + BOX.width / 2;
  const y2 = top(to.row) - 1;
  const middle = (y1 + y2) / 2;
  if (track === undefined) {
    return html`
      <path
        d="M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}" />
    `;
  }
  const aside = 5 * (track + 1); // so that tracks do not lie on each other
  const out = x1 + aside;
  const into = x2 + aside;
  return html`
    <path
      d="M${out} ${y1}v${aside}H${right + 2 * aside}V${y2 - aside -
        3}H${into}V${y2}" />
  `;
}

/** Names that fit a box. */
function shorten(text: string): string {
  return text.length > 26 ? `${text.slice(0, 25)}…` : text;
}
