import { defineEvictor } from "./evictor.ts";
import { EvictorOptions, protectOption } from "./evictor_options.ts";

/** Options of `evict.streaming-llm`: those of every evictor, with 4 sinks. */
export const EvictStreamingOptions = EvictorOptions.extend({
  protect: protectOption(4),
});

/** StreamingLLM (arXiv 2309.17453) inside each chunk: the first entries and the most recent ones. */
export const evictStreamingLlm = defineEvictor({
  name: "evict.streaming-llm",
  summary: "Keeps the first entries of each chunk and its most recent ones",
  options: EvictStreamingOptions,
  score: ({ positions }, out) => out.set(positions),
});
