import type { KeptChunk } from "../../mod.ts";

/** The chunks that an answer stands on, for people, in the document's order. */
export function describeSources(kept: readonly KeptChunk[]): string {
  const rows = kept.map((chunk) => [
    `chunk ${chunk.chunk}`,
    `line ${chunk.line}`,
    `bytes ${chunk.byteStart}-${chunk.byteEnd}`,
    chunk.score === null ? "" : `score ${chunk.score.toFixed(3)}`,
    `${countOf(chunk.entries)} of ${chunk.entriesBefore} entries`,
  ]);
  return rows.length === 0 ? "" : `sources:\n${table(rows)}`;
}

/** Entries of a head in the mean: of some heads alone they may be less than one. */
function countOf(entries: number): string {
  return entries < 1 ? "under 1" : `${Math.round(entries)}`;
}

/** Lines of cells in columns, two blanks before and between. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths =
    rows[0]?.map((_, column) =>
      Math.max(...rows.map((row) => row[column]?.length ?? 0))
    ) ?? [];
  return rows.map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()}\n`
  ).join("");
}
