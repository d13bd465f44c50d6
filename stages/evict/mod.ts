/**
 * Rules that score KV entries, and the seam to write one.
 *
 * @module
 */
export {
  evictAttention,
  evictAttentionMerged,
  EvictAttentionOptions,
} from "./attention.ts";
export { averagePool } from "./average_pool.ts";
export type { EntryKernel } from "./entry_kernel.ts";
export type { EntryScore, EntryScoreInput } from "./entry_scores.ts";
export * from "./evictor.ts";
export { EvictorOptions } from "./evictor_options.ts";
export {
  type AnyEvictorSpec,
  evictorOf,
  type EvictorSpec,
} from "./evictor_spec.ts";
export * from "./expected_attention.ts";
export * from "./h2o.ts";
export * from "./head_weighted.ts";
export { keepBest } from "./keep_best.ts";
export * from "./keydiff.ts";
export * from "./knorm.ts";
export * from "./lagkv.ts";
export * from "./lookahead.ts";
export { maxPool } from "./max_pool.ts";
export * from "./merged_evictor.ts";
export type {
  GivenNeeds,
  NeedAmounts,
  NeedName,
  QueryStatistics,
} from "./needs/need.ts";
export * from "./null_contrast.ts";
export * from "./random.ts";
export { type HeadAttention, reduceGroups } from "./reduce_groups.ts";
export * from "./snapkv.ts";
export * from "./streaming_llm.ts";
export * from "./tova.ts";
export * from "./value_norm.ts";
