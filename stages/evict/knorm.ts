import { defineEvictor } from "./evictor.ts";
import type { EvictorOptions } from "./evictor_options.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { normsInGraph } from "./norm_kernel.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";

const spec = {
  name: "evict.knorm",
  summary: "Keeps the entries whose keys are shortest",
  score: ({ keys, headDim }, out) => {
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let at = i * headDim; at < (i + 1) * headDim; at++) {
        sum += keys[at]! * keys[at]!;
      }
      out[i] = -Math.sqrt(sum);
    }
  },
  kernel: (g, { keys }) => g.op("Neg", [normsInGraph(g, keys)]), // [batch, kvHeads, rows]
} satisfies EvictorSpec<typeof EvictorOptions>;

/**
 * −‖k‖: keys of small norm draw attention (arXiv 2406.11430; KnormPress of kvpress). Knows nothing of the question.
 *
 * Breaks on models whose keys are normalised (QK-norm), and in the first layers, where the link is weak.
 */
export const evictKnorm = defineEvictor(spec);

/** `evict.knorm` over the merged context. */
export const evictKnormMerged = defineMergedEvictor(spec);
