/** Attention by query head. */
export interface HeadAttention {
  readonly attention: Float32Array; // [heads, entries]
  readonly heads: number;
  readonly kvHeads: number;
  readonly entries: number;
}

/**
 * Attention of the query heads of each KV group as one number an entry: query heads h · group … (h + 1) · group - 1
 * belong to KV head h.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { reduceGroups } from "parallelcomp";
 *
 * const attention = Float32Array.of(1, 2, 3, 4); // [heads, entries]
 * const out = new Float32Array(2); // [kvHeads, entries]
 * reduceGroups({ attention, heads: 2, kvHeads: 1, entries: 2 }, out, "sum");
 * assert.deepEqual([...out], [4, 6]);
 * ```
 */
export function reduceGroups(
  { attention, heads, kvHeads, entries }: HeadAttention,
  out: Float32Array, // [kvHeads, entries]
  reduce: "sum" | "mean" | "max",
): void {
  const group = heads / kvHeads;
  for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
    for (let entry = 0; entry < entries; entry++) {
      let total = reduce === "max" ? -Infinity : 0;
      for (let h = kvHead * group; h < (kvHead + 1) * group; h++) {
        const mass = attention[h * entries + entry]!;
        total = reduce === "max" ? Math.max(total, mass) : total + mass;
      }
      out[kvHead * entries + entry] = reduce === "mean" ? total / group : total;
    }
  }
}
