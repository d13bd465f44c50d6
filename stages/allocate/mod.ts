/**
 * Rules that share out a budget among heads and layers.
 *
 * @module
 */
export * from "./allocator.ts";
export * from "./uniform.ts";
