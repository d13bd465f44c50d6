/**
 * Stages that keep the best chunks.
 *
 * @module
 */
export * from "./top.ts";
