/**
 * Stages that ship with the framework, and the seams on which users write their own.
 *
 * @module
 */
export * from "./allocate_uniform.ts";
export * from "./allocator.ts";
export * from "./answer_sink.ts";
export * from "./calibrate.ts";
export { CalibrateOptions } from "./calibrate_by_rules.ts";
export type { CalibrationSeam, LayerStatistics } from "./calibrate_cache.ts";
export { CalibrationRule, Zone } from "./calibration_rule.ts";
export * from "./calibrator.ts";
export * from "./chunk_budget.ts";
export * from "./chunk_even.ts";
export * from "./chunk_scorer.ts";
export * from "./chunk_sink_recent.ts";
export * from "./chunk_truncate_middle.ts";
export * from "./chunk_whole.ts";
export * from "./decode.ts";
export { DecodeOptions } from "./decode_answer.ts";
export type { EntryScore, EntryScoreInput } from "./entry_scores.ts";
export { evictAttention, EvictAttentionOptions } from "./evict_attention.ts";
export * from "./evict_attention_merged.ts";
export * from "./evict_random.ts";
export * from "./evict_streaming_llm.ts";
export * from "./evictor.ts";
export { EvictorOptions } from "./evictor_options.ts";
export {
  describeKvChunk,
  type KvChunkParts,
  ownKvChunk,
  replaceCache,
} from "./kv_chunk.ts";
export { keepBest } from "./keep_best.ts";
export { keepEntries, type KeepMasks, keepsAll } from "./keep_entries.ts";
export * from "./kv_store.ts";
export { maxPool } from "./max_pool.ts";
export * from "./merge.ts";
export { type MergedContextParts, ownMergedContext } from "./merged_context.ts";
export * from "./model.ts";
export { type CacheShape, headEntries, newCache } from "./new_cache.ts";
export * from "./predict_memory.ts";
export * from "./prefill.ts";
export * from "./prompt.ts";
export { type HeadAttention, reduceGroups } from "./reduce_groups.ts";
export * from "./requery.ts";
export { SamplerOptions } from "./sampler.ts";
export * from "./score_random.ts";
export * from "./score_self_information.ts";
export * from "./select_top.ts";
export * from "./sink_jsonl.ts";
export * from "./sink_text.ts";
export * from "./source_file.ts";
export * from "./source_inline.ts";
export * from "./source_input.ts";
export * from "./source_stdin.ts";
export * from "./tokenize.ts";
export * from "./types.ts";
export { optional, withSingles } from "./with_singles.ts";
