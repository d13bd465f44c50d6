/**
 * Rules that score chunks, and the seam to write one.
 *
 * @module
 */
export * from "./attention_mass.ts";
export * from "./bm25.ts";
export * from "./bm25_index.ts";
export * from "./chunk_scorer.ts";
export * from "./constant.ts";
export * from "./lexical.ts";
export type { ChunkNeed, NeedsWith } from "./needs/ports.ts";
export type { RunText } from "./needs/text.ts";
export * from "./oracle.ts";
export * from "./random.ts";
export * from "./recency.ts";
export type * from "./scorer_spec.ts";
export * from "./self_information.ts";
export * from "./sentences.ts";
export * from "./words.ts";
