import type { RunRecord } from "../record/run_record.ts";
import { entriesTable } from "./entries_table.ts";
import { finalSets } from "./final_sets.ts";
import { html, type Markup } from "../../io/markup.ts";
import { setPicture } from "./set_picture.ts";

/** What every layer and head kept. */
export function setsSection(record: RunRecord): Markup {
  const kept = finalSets(record);
  if (!kept || kept.chunks.length === 0) return html``;
  const { layers, kvHeads, stages } = record.sets;
  const again = stages.some(({ stage }) => stage === "reread");
  return html`<section>
<h2>Kept set <small>by layer and head, after ${kept.node}</small></h2>
<p>A row is one of ${kvHeads} KV heads of one of ${layers} layers; a column is a position of a kept chunk, its lead included. What is filled is in the cache that the answer was decoded from.${
    again
      ? " Tokens that were read again stand where they stand in their chunk; the lead of the text that was read counts to its first chunk."
      : ""
  }</p>
${setPicture(record, { kept }, "Kept positions by layer and head")}
<details><summary>Entries by layer</summary>${
    entriesTable(record, kept)
  }</details>
</section>`;
}
