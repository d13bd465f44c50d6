/**
 * Rules that score chunks, and the seam to write one.
 *
 * @module
 */
export * from "./chunk_scorer.ts";
export * from "./random.ts";
export * from "./self_information.ts";
