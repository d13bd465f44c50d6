import type { RunRecord } from "../record/run_record.ts";
import { runLength, type StageSets } from "./final_sets.ts";
import { html, type Markup } from "../../io/markup.ts";

/** Entries of a head by layer and chunk, the mean over the layer's heads. */
export function entriesTable(
  { sets: { lists, layers, kvHeads } }: RunRecord,
  { node, chunks }: StageSets,
): Markup {
  const mean = (heads: readonly number[], layer: number) => {
    const own = heads.slice(layer * kvHeads, (layer + 1) * kvHeads);
    const total = own.reduce((sum, l) => sum + runLength(lists[l] ?? []), 0);
    return (total / kvHeads).toFixed(1).replace(/\.0$/, "");
  };
  return html`
    <div class="scroll">
      <table>
        <caption>after ${node}</caption>
        <thead>
          <tr><th scope="col">layer</th>${chunks.map(({ chunk }) =>
            html`<th scope="col">chunk ${chunk}</th>`
          )}</tr>
        </thead>
        <tbody>${Array.from(
          { length: layers },
          (_, layer) =>
            html`<tr><th scope="row">${layer}</th>${
              chunks.map(({ heads }) => html`<td>${mean(heads, layer)}</td>`)
            }</tr>`,
        )}</tbody>
      </table>
    </div>
  `;
}
