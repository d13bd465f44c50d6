import { defineEvictor } from "./evictor.ts";
import type { EvictorOptions } from "./evictor_options.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";
import { normsInGraph } from "./norm_kernel.ts";

const spec = {
  name: "evict.value-norm",
  summary: "Keeps the entries whose values are longest",
  score: ({ values, headDim }, out) => {
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let at = i * headDim; at < (i + 1) * headDim; at++) {
        sum += values[at]! * values[at]!;
      }
      out[i] = Math.sqrt(sum);
    }
  },
  kernel: (g, { values }) => normsInGraph(g, values), // [batch, kvHeads, rows]
} satisfies EvictorSpec<typeof EvictorOptions>;

/**
 * ‖v‖: what an entry can add to the output at most (the value half of VATP, arXiv 2406.12335; ranks as CURPress of
 * kvpress with `leverage_type: value`, no window and no sinks). Knows nothing of the question.
 *
 * Breaks at attention sinks, whose values are small on purpose: keep them with `protect: { sinks: 4 }`.
 */
export const evictValueNorm = defineEvictor(spec);

/** `evict.value-norm` over the merged context. */
export const evictValueNormMerged = defineMergedEvictor(spec);
