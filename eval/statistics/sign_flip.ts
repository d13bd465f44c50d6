import { seeded } from "./seeded.ts";

/** How signs are flipped. */
export interface SignFlipOptions {
  /** Default: 0. */
  readonly seed?: number;
  /** Draws where there are too many patterns of signs to try all. Default: 10,000. */
  readonly draws?: number;
}

/** Up to so many differences that are not 0, every pattern of signs is tried. */
const EXACT = 16;

/**
 * Two-sided p value of paired differences under the hypothesis that either side could as well have been the other
 * (Fisher's randomisation test): how often a sum with random signs is as far from 0 as theirs. Up to 16 differences
 * that are not 0 it is exact, else drawn, (hits + 1) / (draws + 1). Nothing but zeros is 1.
 */
export function signFlipTest(
  differences: readonly number[],
  { seed = 0, draws = 10_000 }: SignFlipOptions = {},
): number {
  const sizes = differences.filter((d) => d !== 0).map(Math.abs);
  if (sizes.length === 0) return 1;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const seen = Math.abs(differences.reduce((sum, d) => sum + d, 0));
  const reached = seen - 1e-9 * total; // sums of the same numbers in another order
  if (sizes.length <= EXACT) {
    const patterns = 2 ** sizes.length;
    let hits = 0;
    for (let pattern = 0; pattern < patterns; pattern++) {
      const sum = sizes.reduce(
        (sum, size, i) => sum + (pattern >> i & 1 ? size : -size),
        0,
      );
      if (Math.abs(sum) >= reached) hits++;
    }
    return hits / patterns;
  }
  const random = seeded(seed);
  let hits = 0;
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    for (const size of sizes) sum += random() < 0.5 ? size : -size;
    if (Math.abs(sum) >= reached) hits++;
  }
  return (hits + 1) / (draws + 1);
}
