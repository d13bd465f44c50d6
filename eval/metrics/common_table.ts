/** Lengths of longest common subsequences of all beginnings of `a` and `b`. */
export interface CommonTable {
  /** Of the first `i` items of `a` and the first `j` of `b`. */
  at(i: number, j: number): number;
}

/** Fills the table: items of `a` × items of `b` steps. */
export function commonTable(
  a: readonly string[],
  b: readonly string[],
): CommonTable {
  const columns = b.length + 1;
  const table = new Uint32Array((a.length + 1) * columns);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const at = i * columns + j;
      table[at] = a[i - 1] === b[j - 1]
        ? table[at - columns - 1]! + 1
        : Math.max(table[at - columns]!, table[at - 1]!);
    }
  }
  return { at: (i, j) => table[i * columns + j]! };
}
