import type { RunRecord } from "../record/run_record.ts";
import { finalSets, runLength, type StageSets } from "./final_sets.ts";
import { html, type Markup } from "./markup.ts";
import { setPicture } from "./set_picture.ts";

/** What every layer and head kept. */
export function setsSection(record: RunRecord): Markup {
  const final = finalSets(record);
  if (!final || final.chunks.length === 0) return html``;
  const { layers, kvHeads } = record.sets;
  const picture = setPicture(
    record,
    [{ mark: "kept", sets: final }],
    "Kept positions by layer and head",
  );
  return html`<section>
<h2>Kept set <small>by layer and head, after ${final.node}</small></h2>
<p>A row is one of ${kvHeads} KV heads of one of ${layers} layers; a column is a position of a kept chunk, its lead included. What is filled is in the cache that the answer was decoded from.</p>
${picture}
<details><summary>Entries by layer</summary>${
    entriesTable(record, final)
  }</details>
</section>`;
}

function entriesTable(record: RunRecord, { chunks }: StageSets): Markup {
  const { lists, layers, kvHeads } = record.sets;
  const mean = (heads: readonly number[], layer: number) => {
    const own = heads.slice(layer * kvHeads, (layer + 1) * kvHeads);
    const total = own.reduce((sum, l) => sum + runLength(lists[l] ?? []), 0);
    return (total / kvHeads).toFixed(1).replace(/\.0$/, "");
  };
  return html`
    <div class="scroll">
      <table>
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
