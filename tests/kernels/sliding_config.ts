import type { ModelConfig } from "../../io/model_config.ts";
import { smallConfig } from "./random_model.ts";

/** The small shape with two layers that see 9 entries, one of which turns by a RoPE of its own, and one without RoPE. */
export const slidingConfig: ModelConfig = {
  ...smallConfig,
  attentionScale: 0.4,
  scoreCap: 1.5,
  logitCap: 4,
  embeddingScale: 1.5,
  activation: "gelu-tanh",
  localRope: { theta: 500, scaling: { type: "none" } },
  layerKinds: [
    { sliding: 9, rope: "local" },
    { rope: "none" },
    { sliding: 9, rope: "model" },
  ],
};

/** The small shape with a window of 9 in every layer. */
export const allSlidingConfig: ModelConfig = {
  ...smallConfig,
  layerKinds: Array.from(
    { length: smallConfig.layers },
    () => ({ sliding: 9, rope: "model" }),
  ),
};
