/**
 * Chunkers: how a document is cut.
 *
 * @module
 */
export * from "./anchored.ts";
export * from "./budget.ts";
export * from "./even.ts";
export * from "./order.ts";
export * from "./sink_recent.ts";
export * from "./truncate_middle.ts";
export * from "./whole.ts";
