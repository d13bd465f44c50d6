import { cast } from "../../kernels/onnx/cast.ts";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions, protectOption } from "./evictor_options.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";

/** Options of `evict.streaming-llm`: those of every evictor, with 4 sinks. */
export const EvictStreamingOptions = EvictorOptions.extend({
  protect: protectOption(4),
});

const spec = {
  name: "evict.streaming-llm",
  summary: "Keeps the first entries of each chunk and its most recent ones",
  options: EvictStreamingOptions,
  score: ({ entries }, out) => {
    for (let i = 0; i < out.length; i++) out[i] = i % entries;
  },
  kernel: (g, { positions, real }) => {
    const scores = cast(g, positions, "float32"); // [rows]
    return g.op("Expand", [scores, g.op("Shape", [real])]); // [batch, 1, rows]
  },
} satisfies EvictorSpec<typeof EvictStreamingOptions>;

/**
 * StreamingLLM (arXiv 2309.17453; StreamingLLMPress of kvpress) inside each chunk: the first entries and the most
 * recent ones; the score is the entry's place.
 *
 * Breaks on every question about the middle: a control, and a rule for heads that look at nothing else.
 */
export const evictStreamingLlm = defineEvictor(spec);

/** `evict.streaming-llm` over the merged context: the first entries of every chunk and the end of the last ones. */
export const evictStreamingLlmMerged = defineMergedEvictor(spec);
