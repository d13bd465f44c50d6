import { z } from "zod";
import { defineAllocator } from "./allocator.ts";
import { fitCounts, headLimits } from "./fit_counts.ts";

/** Options of `allocate.pyramid`. */
export const AllocatePyramidOptions = z.strictObject({
  beta: z.number().min(1).default(20).describe(
    "steepness: the last layer gets budget / beta, as far as the first can hold the rest",
  ),
  window: z.int().min(0).default(64).describe(
    "the last layer's least; a pyramid that would go below it gives way to a uniform budget. 0 always builds one",
  ),
});

/**
 * PyramidKV (arXiv 2406.02069; kvpress' `PyramidKVPress`): budgets fall from the first layer to the last in equal
 * steps. With budget b, entries n and window w: least = b / beta, most = 2 · b − least; where most > n − w, most = n − w
 * and least = 2 · b − most; layer l of L gets most − l · (most − least) / (L − 1), all heads of a layer the same.
 * The sum over the model is layers · kvHeads · budget, exactly; a single layer gets the budget (in kvpress: most).
 *
 * It breaks where least < window: then every layer gets the budget (kvpress does the same). With the defaults of the
 * source that is so for budgets below 1,280 of a long chunk; a smaller `window` or `beta` helps. It assumes that
 * attention narrows with depth; in models where late layers retrieve (small ones often do) it starves them.
 */
export const allocatePyramid = defineAllocator({
  name: "allocate.pyramid",
  summary: "More entries for the first layers, fewer with depth (PyramidKV)",
  options: AllocatePyramidOptions,
  allocate: ({ scores, kvHeads, entries, budget }, { beta, window }) => {
    const layers = scores.length;
    const budgets = pyramid(layers, Math.max(...entries), {
      budget,
      beta,
      window,
    }); // [layers]
    const wanted = budgets.flatMap((b) => new Array<number>(kvHeads).fill(b)); // [layers · kvHeads]
    return fitCounts(wanted, headLimits(scores, kvHeads));
  },
});

/** Entries of a head by layer; whole numbers. */
function pyramid(
  layers: number,
  entries: number,
  { budget, beta, window }: {
    readonly budget: number;
    readonly beta: number;
    readonly window: number;
  },
): number[] {
  let least = budget / beta;
  let most = 2 * budget - least;
  if (most >= entries - window) {
    most = entries - window;
    least = 2 * budget - most;
  }
  const falls = entries >= most && most >= least && least >= window;
  if (!falls || layers === 1) {
    return new Array<number>(layers).fill(Math.max(1, Math.round(budget)));
  }
  const step = (most - least) / (layers - 1);
  const wanted = Array.from({ length: layers }, (_, l) => most - l * step); // [layers]
  const none = new Int32Array(layers); // [layers]
  return [
    ...fitCounts(wanted, { least: none, most: none.map(() => entries) }),
  ];
}
