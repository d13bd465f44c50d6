/**
 * Rules that score KV entries, and the seam to write one.
 *
 * @module
 */
export { evictAttention, EvictAttentionOptions } from "./attention.ts";
export * from "./attention_merged.ts";
export type { EntryScore, EntryScoreInput } from "./entry_scores.ts";
export * from "./evictor.ts";
export { EvictorOptions } from "./evictor_options.ts";
export { keepBest } from "./keep_best.ts";
export { maxPool } from "./max_pool.ts";
export * from "./random.ts";
export { type HeadAttention, reduceGroups } from "./reduce_groups.ts";
export * from "./streaming_llm.ts";
