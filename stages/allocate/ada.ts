import { z } from "zod";
import { keepBest } from "../evict/keep_best.ts";
import { defineAllocator } from "./allocator.ts";

/** Options of `allocate.ada`. */
export const AllocateAdaOptions = z.strictObject({
  alpha: z.number().min(0).max(1).default(0.2).describe(
    "share of the budget that every head keeps whatever the others score",
  ),
});

/**
 * AdaKV (arXiv 2407.11550; kvpress' `AdaKVPress`): the heads of a layer share one budget of kvHeads · budget entries,
 * and the best scores over all of them win; every head's best ⌊alpha · budget⌋ entries (at least one where alpha > 0)
 * are safe. Of equal scores the smaller head wins, then the smaller index. The sum of every layer is exact.
 *
 * It breaks where scores of different heads do not compare: attention votes do (each head's sum to the same), norms
 * of keys or values do not, and one head with large norms takes all but the safe share.
 */
export const allocateAda = defineAllocator({
  name: "allocate.ada",
  summary: "A layer's heads share its budget by their best scores (AdaKV)",
  options: AllocateAdaOptions,
  allocate: ({ scores, kvHeads, budget }, { alpha }) =>
    Int32Array.from(
      scores.flatMap((layer) => layerCounts(layer, kvHeads, budget, alpha)),
    ), // [layers · kvHeads]
});

function layerCounts(
  scores: Float32Array, // [kvHeads, entries]
  kvHeads: number,
  budget: number,
  alpha: number,
): number[] {
  const entries = scores.length / kvHeads;
  const rows = Array.from(
    { length: kvHeads },
    (_, h) => scores.slice(h * entries, (h + 1) * entries), // [entries]
  );
  const held = rows.map((row) => row.filter((s) => s !== -Infinity).length); // [kvHeads]
  const all = held.reduce((a, b) => a + b, 0);
  const safe = alpha > 0 ? Math.max(1, Math.floor(budget * alpha)) : 0;
  const lifted = scores.slice(); // [kvHeads, entries]
  for (const [h, row] of rows.entries()) {
    const mask = new Uint8Array(entries); // [entries]
    keepBest(row, Math.min(safe, budget, held[h]!), mask);
    for (const [i, kept] of mask.entries()) {
      if (kept) lifted[h * entries + i] = Infinity;
    }
  }
  const mask = new Uint8Array(scores.length); // [kvHeads, entries]
  keepBest(lifted, Math.min(kvHeads * budget, all), mask);
  return rows.map((_, h) =>
    mask.subarray(h * entries, (h + 1) * entries).reduce((a, b) => a + b, 0)
  ); // [kvHeads]
}
