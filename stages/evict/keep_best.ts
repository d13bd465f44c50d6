/**
 * Marks the `count` highest scores in `mask`; of equal ones the smaller index. NaN is a `RangeError`.
 * One sort of plain numbers gives the threshold: no index is sorted. Marks that are there already stay.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { keepBest } from "parallelcomp";
 *
 * const mask = new Uint8Array(4);
 * keepBest(Float32Array.of(3, 1, 3, 2), 2, mask);
 * assert.deepEqual([...mask], [1, 0, 1, 0]);
 * ```
 */
export function keepBest(
  scores: Float32Array, // [entries]
  count: number,
  mask: Uint8Array, // [entries]
): void {
  const total = scores.length;
  const sorted = scores.toSorted(); // [entries], ascending, NaN last
  if (total > 0 && Number.isNaN(sorted[total - 1])) {
    throw new RangeError(
      `Score of entry ${scores.findIndex(Number.isNaN)} is not a number`,
    );
  }
  if (count <= 0) return;
  const threshold = count >= total ? -Infinity : sorted[total - count]!;
  let atThreshold = count;
  for (const score of scores) if (score > threshold) atThreshold--;
  for (let i = 0; i < total; i++) {
    const score = scores[i]!;
    if (score > threshold || score === threshold && atThreshold-- > 0) {
      mask[i] = 1;
    }
  }
}
