import type { StageSets } from "./final_sets.ts";

/**
 * A path with a stroke for every run of positions, in the row of its head.
 *
 * @param startOf Where each chunk begins.
 * @param runsOf Runs `[from, to, …]` of a list, in a chunk and a row.
 * @param least Least length of a stroke.
 */
export function setStrokes(
  { chunks }: StageSets,
  startOf: ReadonlyMap<number, number>,
  runsOf: (list: number, chunk: number, row: number) => readonly number[],
  least = 0,
): string {
  let path = "";
  for (const { chunk, heads } of chunks) {
    const start = startOf.get(chunk);
    if (start === undefined) continue;
    for (const [row, list] of heads.entries()) {
      const runs = runsOf(list, chunk, row);
      for (let i = 0; i < runs.length; i += 2) {
        const length = Math.max(least, runs[i + 1]! - runs[i]!);
        path += `M${start + runs[i]!} ${row}.5h${Math.round(length)}`;
      }
    }
  }
  return path;
}
