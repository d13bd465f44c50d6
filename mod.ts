/**
 * ParallelComp: long-context extension without training, as a declarative dataflow.
 *
 * @module
 */
export * from "./core/port.ts";
export * from "./core/stage.ts";
