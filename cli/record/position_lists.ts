/**
 * Lists of positions as runs `[from, to, from, to, …]`, half open; equal lists are stored once, for heads often keep
 * the same.
 */
export class PositionLists {
  readonly #indices = new Map<string, number>();
  readonly #lists: number[][] = [];

  /** All lists, by index. */
  get lists(): readonly (readonly number[])[] {
    return this.#lists;
  }

  /** Index of the list that holds these positions, which may come in any order. */
  add(positions: Int32Array): number {
    const runs = positionRuns(positions);
    const key = runs.join();
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#indices.set(key, this.#lists.length);
    return this.#lists.push(runs) - 1;
  }
}

/** Positions as runs `[from, to, …]`; a position that comes twice counts once. */
export function positionRuns(positions: Int32Array): number[] {
  const runs: number[] = [];
  for (const at of ascending(positions)) {
    const end = runs.at(-1);
    if (end === undefined || at > end) runs.push(at, at + 1);
    else if (at === end) runs[runs.length - 1] = at + 1;
  }
  return runs;
}

function ascending(positions: Int32Array): Int32Array {
  for (let i = 1; i < positions.length; i++) {
    if (positions[i]! < positions[i - 1]!) return positions.toSorted();
  }
  return positions;
}
