/**
 * Largest value within `width` (odd) around every entry, ends included: 1-D max-pooling with stride 1. Linear in
 * time. With width 1 the values themselves come back, not a copy.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { maxPool } from "parallelcomp";
 *
 * assert.deepEqual([...maxPool(Float32Array.of(0, 5, 1, 2), 3)], [5, 5, 5, 2]);
 * ```
 */
export function maxPool(
  values: Float32Array, // [entries]
  width: number,
): Float32Array {
  if (width === 1) return values;
  const reach = (width - 1) / 2;
  const pooled = new Float32Array(values.length); // [entries]
  const window = new Int32Array(values.length); // candidates, their values falling
  let first = 0;
  let end = 0;
  let next = 0;
  for (let i = 0; i < values.length; i++) {
    for (; next < values.length && next <= i + reach; next++) {
      while (end > first && values[window[end - 1]!]! <= values[next]!) end--;
      window[end++] = next;
    }
    while (window[first]! < i - reach) first++;
    pooled[i] = values[window[first]!]!;
  }
  return pooled;
}
