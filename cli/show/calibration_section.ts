import type { RunRecord } from "../record/run_record.ts";
import { entriesTable } from "./entries_table.ts";
import {
  calibrations,
  runLength,
  type StageSets,
  weighed,
} from "./final_sets.ts";
import { html, type Markup } from "../../io/markup.ts";
import { setPicture } from "./set_picture.ts";
import type { ChunkLists } from "./set_strokes.ts";

/** What calibration changed, where it changed anything. */
export function calibrationSection(record: RunRecord): Markup {
  return html`${calibrations(record).map((pair) => calibration(record, pair))}`;
}

function calibration(
  record: RunRecord,
  { before, after }: { readonly before: StageSets; readonly after: StageSets },
): Markup {
  const label = "Positions before and after calibration by layer and head";
  const { tempering } = after;
  const lowered = meanEntries(record, weighed(after, "lowered"));
  const raised = meanEntries(record, weighed(after, "raised"));
  return html`<section>
<h2>Calibration <small>${after.node} · ${after.stage}</small></h2>
<p>Before, ${meanEntries(record, before.chunks)} entries a head; after, ${
    meanEntries(record, after.chunks)
  }, of which ${lowered} weigh less than by themselves and ${raised} more.${
    tempering &&
    ` Attention to all of them: temperature ${tempering.temperature}, scale ${tempering.scale}.`
  } What changed is drawn wide enough to be seen.</p>
${setPicture(record, { kept: after, before }, label)}
<p class="key"><span class="swatch kept">kept</span><span class="swatch gone">dropped</span><span class="swatch lowered">weighed down</span><span class="swatch raised">weighed up</span></p>
<details><summary>Entries by layer, before and after</summary><div class="pair">${
    entriesTable(record, before)
  }${entriesTable(record, after)}</div></details>
</section>`;
}

/** Entries of a head over all kept chunks, the mean over layers and heads. */
function meanEntries({ sets }: RunRecord, chunks: ChunkLists): string {
  const total = chunks.flatMap(({ heads }) => heads)
    .reduce((sum, list) => sum + runLength(sets.lists[list] ?? []), 0);
  return (total / (sets.layers * sets.kvHeads)).toFixed(1);
}
