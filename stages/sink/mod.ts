/**
 * Where answers go.
 *
 * @module
 */
export * from "./answer_sink.ts";
export * from "./jsonl.ts";
export * from "./text.ts";
