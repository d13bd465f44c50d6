import type { Port } from "./port.ts";

/**
 * The input that a reference without a name belongs to: the only one, or the only one that has to be connected;
 * `undefined` where several could be meant.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { builtins, onlyInput } from "parallelcomp";
 *
 * const { stage } = builtins().entries().find((e) => e.stage.name === "merge")!;
 * assert.equal(onlyInput(stage.inputs), "chunks"); // the model is needed for some chunks only
 * ```
 */
export function onlyInput(
  inputs: Readonly<Record<string, Pick<Port, "optional">>>,
): string | undefined {
  const names = Object.keys(inputs);
  const required = names.filter((name) => !inputs[name]!.optional);
  const [only, ...others] = names.length === 1 ? names : required;
  return others.length === 0 ? only : undefined;
}
