import { FormatError } from "./format_error.ts";
import type { ModelConfig, RopeScaling } from "./model_config.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** Layers that no model reaches. */
export const MOST_LAYERS = 1024;

/** Numbers that a configuration may have, and if so only above 0. */
export const SCALES = [
  "attentionScale",
  "scoreCap",
  "logitCap",
  "embeddingScale",
] as const;

/** Upper bounds that no dense model reaches; beyond them a file is damaged. */
const LIMITS = {
  layers: MOST_LAYERS,
  hidden: 1 << 17,
  ffn: 1 << 20,
  heads: 1024,
  kvHeads: 1024,
  headDim: 4096,
  ropeDim: 4096,
  vocab: 1 << 22,
  window: 1 << 28,
} as const;

/**
 * Checks that a model's numbers can belong together.
 *
 * @throws {FormatError} That names the number and what it would have to be.
 */
export function checkConfig(config: ModelConfig, path: string): void {
  const fail = (problem: string): never => {
    throw new FormatError(path, `its configuration is impossible: ${problem}`);
  };
  for (const [name, most] of Object.entries(LIMITS)) {
    const value = config[name as keyof typeof LIMITS];
    if (!Number.isInteger(value) || value < 1 || value > most) {
      fail(
        `${name} is "${value}"; it must be a whole number from 1 to ${most}`,
      );
    }
  }
  const { heads, kvHeads, headDim, ropeDim } = config;
  if (heads % kvHeads !== 0) {
    fail(`${heads} heads cannot share ${kvHeads} KV heads evenly`);
  }
  if (headDim % 2 !== 0) fail(`a head's width is ${headDim}; it must be even`);
  if (ropeDim % 2 !== 0 || ropeDim > headDim) {
    fail(
      `${ropeDim} dimensions rotate in a head of ${headDim}; an even number up to that can`,
    );
  }
  for (const name of ["normEpsilon", "ropeTheta"] as const) {
    if (!(config[name] > 0 && config[name] < Infinity)) {
      fail(`${name} is "${config[name]}"; it must be above 0`);
    }
  }
  checkScaling(config.ropeScaling, ropeDim, fail);
  checkScales(config, fail);
  checkLayers(config, fail);
  for (const id of [...config.stopIds, config.bosId ?? 0]) {
    if (!Number.isInteger(id) || id < 0 || id >= config.vocab) {
      fail(`token id ${id} is outside the vocabulary of ${config.vocab}`);
    }
  }
}

type Fail = (problem: string) => never;

function checkScales(config: ModelConfig, fail: Fail): void {
  for (const name of SCALES) {
    const value = config[name];
    if (value !== undefined && !(value > 0 && value < Infinity)) {
      fail(`${name} is "${value}"; it must be above 0`);
    }
  }
}

function checkLayers(
  { layerKinds, localRope, layers, ropeDim }: ModelConfig,
  fail: Fail,
): void {
  if (layerKinds && layerKinds.length !== layers) {
    fail(
      `it says of ${layerKinds.length} layers what they see, and has ${layers}`,
    );
  }
  for (const { sliding } of layerKinds ?? []) {
    if (sliding !== undefined && !(Number.isInteger(sliding) && sliding >= 1)) {
      fail(`a layer slides over "${sliding}" entries; 1 or more can be`);
    }
  }
  if (!localRope) return;
  if (!(localRope.theta > 0 && localRope.theta < Infinity)) {
    fail(`local RoPE's base is "${localRope.theta}"; it must be above 0`);
  }
  checkScaling(localRope.scaling, ropeDim, fail);
}

function checkScaling(scaling: RopeScaling, ropeDim: number, fail: Fail): void {
  const factors = (values: Float32Array) => {
    if (values.length !== ropeDim / 2 || !values.every((f) => f > 0)) {
      fail(
        `RoPE has ${values.length} frequency factors; it needs ${
          ropeDim / 2
        }, each above 0`,
      );
    }
  };
  if (scaling.type === "factors") factors(scaling.factors);
  else if (scaling.type === "longrope") {
    factors(scaling.short);
    factors(scaling.long);
    if (!(scaling.attentionFactor > 0)) {
      fail(`RoPE's attention factor is "${scaling.attentionFactor}"`);
    }
  } else if ("factor" in scaling && !(scaling.factor > 0)) {
    fail(`RoPE's scaling factor is "${scaling.factor}"`);
  }
}

/**
 * Checks that every token of text has an embedding. Special tokens may lie
 * beyond: some models carry ones they were never trained with.
 *
 * @throws {FormatError} That names the first token without one.
 */
export function checkVocabulary(
  tokenizer: Tokenizer,
  { vocab }: ModelConfig,
  path: string,
): void {
  for (let id = vocab; id < tokenizer.vocab; id++) {
    if (tokenizer.tokenBytes(id).length === 0) continue;
    throw new FormatError(
      path,
      `its tokenizer has a token ${id} but the model only ${vocab} embeddings; they do not belong together`,
    );
  }
}
