/**
 * URL of a graph file that ships with the package, by its name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { builtins, loadGraph, shippedGraph } from "parallelcomp";
 *
 * const plan = await loadGraph(shippedGraph("parallelcomp"), { registry: builtins() });
 * assert.deepEqual(Object.keys(plan.outputs), ["text", "answer"]);
 * ```
 */
export function shippedGraph(name: string): URL {
  return new URL(`../graphs/${name}.yaml`, import.meta.url);
}
