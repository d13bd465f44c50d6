/**
 * Stages that keep the best chunks.
 *
 * @module
 */
export * from "./early.ts";
export * from "./feedback.ts";
export * from "./gap.ts";
export { RoundsOptions } from "./in_rounds.ts";
export * from "./iterative.ts";
export * from "./top.ts";
