/**
 * Stages that ship with the framework, and the seams on which users write their own.
 *
 * @module
 */
export * from "./allocate/mod.ts";
export * from "./cache/mod.ts";
export * from "./calibrate/mod.ts";
export * from "./chunk/mod.ts";
export * from "./evict/mod.ts";
export * from "./score/mod.ts";
export * from "./select/mod.ts";
export * from "./sink/mod.ts";
export * from "./source/mod.ts";
export * from "./decode.ts";
export { DecodeOptions } from "./decode_answer.ts";
export * from "./decode_doubt.ts";
export * from "./decode_given.ts";
export * from "./merge.ts";
export * from "./model.ts";
export * from "./predict_card_memory.ts";
export * from "./predict_memory.ts";
export {
  type ContextNumbers,
  contextNumbers,
  type RunNumbers,
} from "./run_numbers.ts";
export * from "./prefill.ts";
export * from "./prompt.ts";
export * from "./quantise.ts";
export * from "./requery.ts";
export * from "./reread.ts";
export { SamplerOptions } from "./sampler.ts";
export * from "./session_weights.ts";
export * from "./tokenize.ts";
export * from "./types.ts";
export { optional, withSingles } from "./with_singles.ts";
