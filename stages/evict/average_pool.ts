/**
 * Mean within `width` (odd) around every entry; what lies beyond the ends counts as zero, as in torch's `avg_pool1d`.
 * With width 1 the values themselves come back, not a copy.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { averagePool } from "parallelcomp";
 *
 * assert.deepEqual([...averagePool(Float32Array.of(3, 6, 0, 3), 3)], [3, 3, 3, 1]);
 * ```
 */
export function averagePool(
  values: Float32Array, // [entries]
  width: number,
): Float32Array {
  if (width === 1) return values;
  const reach = (width - 1) / 2;
  const pooled = new Float32Array(values.length); // [entries]
  for (let i = 0; i < values.length; i++) {
    const end = Math.min(i + reach + 1, values.length);
    let sum = 0; // summed anew for every entry: a running sum would drift
    for (let j = Math.max(i - reach, 0); j < end; j++) sum += values[j]!;
    pooled[i] = sum / width;
  }
  return pooled;
}
