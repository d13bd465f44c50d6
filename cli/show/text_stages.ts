import type { RunRecord } from "../record/run_record.ts";
import { table } from "../terminal/sources.ts";
import type { Ink } from "./ink.ts";
import { plainText } from "./plain_text.ts";
import { stageEntries } from "./stage_entries.ts";

/** How much of the chunks that were merged every stage left. */
export function textStages(record: RunRecord, ink: Ink): string {
  const rows = stageEntries(record).map(({ node, chunks, entries }) => [
    plainText(node),
    `${chunks.size} ${chunks.size === 1 ? "chunk" : "chunks"}`,
    `${Math.round(entries).toLocaleString("en-GB")} entries a head`,
  ]);
  if (rows.length === 0) return "";
  return `${ink.strong("what stages left of the merged chunks")}\n${
    table(rows)
  }`;
}
