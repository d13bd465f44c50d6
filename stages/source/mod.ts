/**
 * Where documents and questions come from.
 *
 * @module
 */
export * from "./file.ts";
export * from "./inline.ts";
export * from "./input.ts";
export * from "./stdin.ts";
