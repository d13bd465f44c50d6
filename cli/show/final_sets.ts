import type { RecordedSets, RunRecord } from "../record/run_record.ts";
import type { ChunkLists } from "./set_strokes.ts";

/** What one node left of the kept chunks. */
export type StageSets = RecordedSets["stages"][number];

/** What was kept in the end. */
export function finalSets({ sets }: RunRecord): StageSets | undefined {
  return sets.stages.at(-1);
}

/** Stages that calibrated and changed something, each with what came in. */
export function calibrations(
  { sets }: RunRecord,
): { readonly before: StageSets; readonly after: StageSets }[] {
  return sets.stages.flatMap((after) => {
    const before = after.before === null
      ? undefined
      : sets.stages[after.before];
    return after.calibrates && before ? [{ before, after }] : [];
  });
}

/** What a calibrator weighed, by chunk. */
export function weighed(
  { chunks }: StageSets,
  how: "lowered" | "raised",
): { chunk: number; heads: readonly number[] }[] {
  return chunks.map((sets) => ({ chunk: sets.chunk, heads: sets[how] ?? [] }));
}

/** Entries of a head over these chunks, the mean over layers and heads. */
export function meanEntries(
  { lists, layers, kvHeads }: RecordedSets,
  chunks: ChunkLists,
): number {
  const total = chunks.flatMap(({ heads }) => heads)
    .reduce((sum, list) => sum + runLength(lists[list] ?? []), 0);
  return total / (layers * kvHeads);
}

/** Positions in a list of runs. */
export function runLength(runs: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < runs.length; i += 2) total += runs[i + 1]! - runs[i]!;
  return total;
}

/** Positions of the first list of runs that are not in the second. */
export function runsWithout(
  runs: readonly number[],
  other: readonly number[],
): number[] {
  const left: number[] = [];
  let o = 0;
  for (let i = 0; i < runs.length; i += 2) {
    let from = runs[i]!;
    const to = runs[i + 1]!;
    while (o < other.length && other[o + 1]! <= from) o += 2;
    for (let at = o; at < other.length && other[at]! < to; at += 2) {
      if (other[at]! > from) left.push(from, other[at]!);
      from = other[at + 1]!;
    }
    if (from < to) left.push(from, to);
  }
  return left;
}
