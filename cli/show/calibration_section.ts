import type { RunRecord } from "../record/run_record.ts";
import { entriesTable } from "./entries_table.ts";
import {
  calibrations,
  meanEntries,
  type StageSets,
  weighed,
} from "./final_sets.ts";
import { html, type Markup } from "../../io/markup.ts";
import { setPicture } from "./set_picture.ts";

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
  const mean = (chunks: Parameters<typeof meanEntries>[1]) =>
    meanEntries(record.sets, chunks).toFixed(1);
  const lowered = mean(weighed(after, "lowered"));
  const raised = mean(weighed(after, "raised"));
  return html`<section>
<h2>Calibration <small>${after.node} · ${after.stage}</small></h2>
<p>Before, ${mean(before.chunks)} entries a head; after, ${
    mean(after.chunks)
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
