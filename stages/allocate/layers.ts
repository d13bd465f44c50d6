import { z } from "zod";
import { defineAllocator } from "./allocator.ts";
import { fitCounts, headLimits } from "./fit_counts.ts";

/** Options of `allocate.layers`. */
export const AllocateLayersOptions = z.strictObject({
  table: z.union([
    z.strictObject({
      shares: z.array(z.number().min(0).max(1)).min(1).describe(
        "share of its entries that a head keeps, by layer",
      ),
    }),
    z.strictObject({
      entries: z.array(z.int().min(0)).min(1).describe(
        "entries that a head keeps, by layer",
      ),
    }),
    z.strictObject({
      weights: z.array(z.number().min(0)).min(1).describe(
        "weight of a layer in sharing out the evictor's budget",
      ),
    }),
  ]).describe(
    "one number a layer: { shares: [0.8, 0.5] }, { entries: [512, 256] } or { weights: [2, 1] }",
  ),
});

/**
 * A table of one number a layer (kvpress' `PerLayerCompressionPress` takes one of ratios); all heads of a layer keep the
 * same. `shares` and `entries` say what stays and set the evictor's `keep` aside: ⌈share · entries⌉, or the number.
 * `weights` share out the evictor's budget: weight / Σ weights of layers · kvHeads · budget, and the sum is exact.
 *
 * It breaks on another model than the one it was found for; a table of another length is a `RangeError`.
 */
export const allocateLayers = defineAllocator({
  name: "allocate.layers",
  summary: "What every layer keeps, from a table in the graph file",
  options: AllocateLayersOptions,
  allocate: ({ scores, kvHeads, entries, budget }, { table }) => {
    const layers = scores.length;
    const rows = "shares" in table
      ? table.shares
      : "entries" in table
      ? table.entries
      : table.weights;
    if (rows.length !== layers) {
      throw new RangeError(
        `The table of allocate.layers has ${rows.length} numbers; the model has ${layers} layers`,
      );
    }
    const counts = "shares" in table
      ? rows.map((share, l) => Math.ceil(share * entries[l]!))
      : "entries" in table
      ? rows
      : weighted(rows, layers * budget); // [layers]
    const limits = headLimits(scores, kvHeads);
    const wanted = counts.flatMap((n) => new Array<number>(kvHeads).fill(n)); // [layers · kvHeads]
    if ("weights" in table) return fitCounts(wanted, limits);
    return Int32Array.from(wanted, (n, i) => Math.min(n, limits.most[i]!)); // [layers · kvHeads]
  },
});

/** `total` shared out by weight; a `RangeError` where all weights are 0. */
export function weighted(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum > 0) return weights.map((weight) => weight / sum * total);
  throw new RangeError("All weights are 0; give at least one above 0");
}
