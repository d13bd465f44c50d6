/**
 * Rules that share out a budget among heads and layers.
 *
 * @module
 */
export * from "./ada.ts";
export * from "./allocator.ts";
export * from "./chunks.ts";
export * from "./fit_counts.ts";
export * from "./heads.ts";
export { allocateLayers, AllocateLayersOptions } from "./layers.ts";
export * from "./pyramid.ts";
export * from "./uniform.ts";
