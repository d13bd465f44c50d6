import { html, type Markup } from "../../io/markup.ts";
import type { RunRecord } from "../record/run_record.ts";
import { stageEntries } from "./stage_entries.ts";

/** What every stage left of every chunk that was merged. */
export function stagesSection(record: RunRecord): Markup {
  const stages = stageEntries(record);
  const chunks = [
    ...new Set(stages.flatMap((stage) => [...stage.chunks.keys()])),
  ]
    .sort((a, b) => a - b);
  if (chunks.length === 0) return html``;
  const figure = (entries: number | undefined) =>
    entries === undefined ? "–" : entries.toFixed(1).replace(/\.0$/, "");
  return html`
    <section>
      <h2>Stages <small>entries a head</small></h2>
      <p>What each stage that changed anything left of the chunks that were merged, the mean over layers and heads. A chunk without entries in the last row was held and then evicted whole: the answer does not stand on it.</p>
      <div class="scroll">
        <table>
          <thead>
            <tr><th scope="col">after</th>${chunks.map((chunk) =>
              html`<th scope="col">chunk ${chunk}</th>`
            )}<th scope="col">all</th></tr>
          </thead>
          <tbody>${stages.map((stage) =>
            html`<tr><th scope="row">${stage.node} <small>${stage.stage}</small></th>${
              chunks.map((chunk) =>
                html`<td>${figure(stage.chunks.get(chunk))}</td>`
              )
            }<td>${figure(stage.entries)}</td></tr>`
          )}</tbody>
        </table>
      </div>
    </section>
  `;
}
