import type { ModelConfig, RopeScaling } from "../../io/model_config.ts";

/** How a run scales RoPE of a model that does not do it by itself, so that it reads beyond its window. */
export type RopeChoice =
  /** Dynamic NTK: the base grows with the length of every pass. */
  | { readonly type: "dynamic"; readonly factor: number }
  /** YaRN; `auto`: as many times as the run's positions are the window. */
  | { readonly type: "yarn"; readonly factor: number | "auto" };

/**
 * The configuration with RoPE scaled so, from the model's own window on. A model whose RoPE is scaled already is a
 * `RangeError`: its factors belong to its training.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadModel, scaleRope } from "parallelcomp";
 *
 * await using model = await loadModel("tiny");
 * const { ropeScaling } = scaleRope(model.config, { type: "dynamic", factor: 2 });
 * assert.deepEqual(ropeScaling, { type: "dynamic", factor: 2, originalWindow: 2048 });
 * ```
 */
export function scaleRope(
  config: ModelConfig,
  choice: RopeChoice,
): ModelConfig {
  const { name, ropeScaling: own, window: originalWindow } = config;
  if (own.type !== "none") {
    throw new RangeError(
      `RoPE of '${name}' is scaled already ('${own.type}'); leave the model's option rope away, or take a model as it was first trained`,
    );
  }
  return { ...config, ropeScaling: scalingOf(choice, originalWindow) };
}

function scalingOf(choice: RopeChoice, originalWindow: number): RopeScaling {
  const { type, factor } = choice;
  if (type === "dynamic") return { type, factor, originalWindow };
  const ramp = { originalWindow, betaFast: 32, betaSlow: 1 };
  return factor === "auto"
    ? { type, factor: 1, byLength: true, ...ramp }
    : { type, factor, ...ramp };
}
