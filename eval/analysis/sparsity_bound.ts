/** What the theorem leaves open. */
export interface BoundConstants {
  /** The constant of O(log²(εw)/R²). */
  readonly constant: number;
  /** δ: the statement holds with probability 1 − δ. */
  readonly delta: number;
  /** R² over ln w; the paper's R = O(√log w) leaves the factor open. */
  readonly rank: number;
}

/** All constants 1, δ as in the paper's examples. */
export const boundConstants: BoundConstants = {
  constant: 1,
  delta: 0.05,
  rank: 1,
};

/** What has to stand beside every picture of the bound. */
export const boundCaption =
  "The bound is not tight: at these widths it leaves out less than one entry for constants near 1, so it allows nearly every entry to be effective and explains none of the fall that is measured.";

/**
 * Upper bound of the effective entries of a row, theorem 3.1 (2) of ParallelComp:
 * k ≤ w − exp(c · log²(εw) / R²) · δ / (w · d), with R² = rank · ln w; never below 0.
 */
export function sparsityBound(
  width: number, // w, entries
  epsilon: number,
  headDim: number, // d
  { constant, delta, rank }: BoundConstants,
): number {
  const squared = Math.log(epsilon * width) ** 2;
  const grows = Math.exp(constant * squared / (rank * Math.log(width)));
  return Math.max(0, width - grows * delta / (width * headDim));
}
