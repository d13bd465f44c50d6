import { Registry } from "../core/registry.ts";
import * as stages from "./mod.ts";

/**
 * A registry with every stage that ships with the framework; add your own to it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { builtins } from "parallelcomp";
 *
 * assert(builtins().names().includes("evict.attention"));
 * ```
 */
export function builtins(): Registry {
  return new Registry().addModule(stages, "parallelcomp");
}
