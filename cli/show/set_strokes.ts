/** Lists of every layer and KV head, by chunk. */
export type ChunkLists = readonly {
  readonly chunk: number;
  readonly heads: readonly number[]; // [layers, kvHeads]
}[];

/** Runs `[from, to, …]` of a list, in a chunk and a row. */
export type RunsOf = (
  list: number,
  chunk: number,
  row: number,
) => readonly number[];

/**
 * A path with a stroke for every run of positions, in the row of its head.
 *
 * @param startOf Where each chunk begins.
 * @param least Least length of a stroke.
 */
export function setStrokes(
  chunks: ChunkLists,
  startOf: ReadonlyMap<number, number>,
  runsOf: RunsOf,
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
