import { llama } from "../../io/architectures/llama.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import { type LayerRole, roleShape } from "../../io/tensor_role.ts";
import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";
import type { WeightSource } from "../../io/weights.ts";
import { familyModel } from "../family/family_model.ts";
import type { Accuracy } from "../layers/linear.ts";
import { OnnxModel } from "./onnx_model.ts";
import type { Provider } from "../provider/provider.ts";

/** A small Llama shape with grouped queries. */
export const smallConfig: ModelConfig = {
  architecture: "llama",
  name: "random",
  layers: 3,
  hidden: 64,
  ffn: 96,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  vocab: 128,
  window: 128,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  ropeDim: 16,
  ropeScaling: { type: "none" },
  tiedHead: false,
  attentionBias: false,
  mlpBias: false,
  bosId: 0,
  addBos: true,
  stopIds: [1],
};

/** Uniform numbers in [0, 1) by seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers around zero by seed. */
export function noise(size: number, seed: number, scale = 1): Float32Array {
  const next = seeded(seed);
  return Float32Array.from({ length: size }, () => (next() - 0.5) * 2 * scale);
}

const ROLES: readonly unknown[] = Object.values(llama.hfNames);

/** Random weights for any Llama shape, the same for the same seed. */
export function randomWeights(config: ModelConfig, seed: number): WeightSource {
  const roleOf = (name: string) => name.split(".").at(-2) as LayerRole;
  const shape = (name: string) => roleShape(roleOf(name), config);
  const read = (name: string): Float32Array => {
    const dims = shape(name);
    const size = dims.reduce((a, b) => a * b, 1);
    if (dims.length === 1) return noise(size, seed, 0.2).map((v) => v + 1);
    const key = [...name].reduce((a, c) => a * 31 + c.charCodeAt(0) | 0, seed);
    return noise(size, key, name.includes("embed") ? 1 : 0.3);
  };
  return {
    names: [],
    has: (name) =>
      name.endsWith(".weight") &&
      (!name.startsWith("layers.") || ROLES.includes(roleOf(name))),
    shape,
    bytes: () => 0,
    read: (name) => Promise.resolve({ kind: "dense", data: read(name) }),
    readDense: (name) => Promise.resolve(read(name)),
  };
}

/** What {@linkcode randomModel} may be told. */
export interface RandomModelOptions {
  /** Default: {@linkcode smallConfig}. */
  readonly config?: ModelConfig;
  /** Default: 1. */
  readonly workers?: number;
  readonly seed?: number;
  /** Default: `cpu`. */
  readonly provider?: Provider;
  /** Whether keys and values stay where they are computed from the prefill on; default: not on the processor. */
  readonly resident?: boolean;
  /** Default: `exact`. */
  readonly accuracy?: Accuracy;
  /** Default: none, so that only token ids go in. */
  readonly tokenizer?: Tokenizer;
}

/**
 * A model with random weights that the same seed gives again: to test stages on real kernels without a download.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { randomModel } from "parallelcomp";
 *
 * await using model = await randomModel({ seed: 3 });
 * const [prefilled] = await model.prefill([{ ids: Int32Array.of(0, 5, 7) }]);
 * assert.equal(prefilled!.cache.layers[0]!.entries, 3);
 * ```
 */
export async function randomModel(
  {
    config = smallConfig,
    workers = 1,
    seed = 1,
    tokenizer,
    provider = "cpu",
    accuracy = "exact",
    resident,
  }: RandomModelOptions = {},
): Promise<OnnxModel> {
  const weights = randomWeights(config, seed);
  return new OnnxModel({
    ...await familyModel(weights, config, { accuracy, provider }),
    workers,
    threads: 1,
    provider,
    ...(resident !== undefined && { resident }),
    tokenizer: tokenizer ?? {} as Tokenizer,
    close: () => Promise.resolve(),
  });
}
