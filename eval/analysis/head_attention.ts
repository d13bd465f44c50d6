/** Attention of some rows to the entries of one head's cache, the entries alone. */
export interface HeadAttention {
  /** Mean over the rows, each of which sums to 1. */
  readonly p: Float64Array; // [entries]
  /** What the rows gave the entries at all, the mean; the rest went to the question's own tokens. */
  readonly share: number;
  /** Entries above each ε, the mean over the rows. */
  readonly effective: readonly number[]; // [epsilons]
}

/**
 * Brings the attention of rows to entries to a sum of 1 row by row. A row that gives the entries nothing counts as
 * flat, and has no effective entry.
 */
export function headAttention(
  rows: readonly Float32Array[], // rows × [entries]
  epsilons: readonly number[],
): HeadAttention {
  const n = rows[0]?.length ?? 0;
  const p = new Float64Array(n); // [entries]
  const effective = epsilons.map(() => 0);
  let share = 0;
  for (const row of rows) {
    const sum = row.reduce((a, b) => a + b, 0);
    share += sum / rows.length;
    for (const [i, mass] of row.entries()) {
      p[i]! += (sum > 0 ? mass / sum : 1 / n) / rows.length;
    }
    for (const [e, epsilon] of epsilons.entries()) {
      const above = row.reduce((k, mass) => k + +(mass > epsilon * sum), 0);
      effective[e]! += (sum > 0 ? above : 0) / rows.length;
    }
  }
  return { p, share, effective };
}
