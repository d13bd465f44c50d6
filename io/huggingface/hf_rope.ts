import { z } from "zod";
import { FormatError } from "../format_error.ts";
import type { ModelConfig, RopeScaling } from "../model_config.ts";

const scaling = z.looseObject({
  ["rope_type"]: z.string().nullish(),
  type: z.string().nullish(),
  factor: z.number().nullish(),
  ["rope_theta"]: z.number().nullish(),
  ["partial_rotary_factor"]: z.number().nullish(),
  ["original_max_position_embeddings"]: z.int().min(1).nullish(),
  ["low_freq_factor"]: z.number().nullish(),
  ["high_freq_factor"]: z.number().nullish(),
  ["beta_fast"]: z.number().nullish(),
  ["beta_slow"]: z.number().nullish(),
  ["attention_factor"]: z.number().nullish(),
  mscale: z.number().nullish(),
  ["mscale_all_dim"]: z.number().nullish(),
  truncate: z.boolean().nullish(),
  ["short_factor"]: z.array(z.number()).nullish(),
  ["long_factor"]: z.array(z.number()).nullish(),
});

/** RoPE's fields of a `config.json`: `rope_parameters` since transformers 5, `rope_scaling` before. */
export const ropeFields = {
  ["rope_theta"]: z.number().nullish(),
  ["rope_scaling"]: scaling.nullish(),
  ["rope_parameters"]: scaling.extend({
    ["full_attention"]: scaling.nullish(),
    ["sliding_attention"]: scaling.nullish(),
  }).nullish(),
  ["rope_local_base_freq"]: z.number().nullish(),
  ["partial_rotary_factor"]: z.number().nullish(),
  ["original_max_position_embeddings"]: z.int().min(1).nullish(),
};

type Scaling = z.infer<typeof scaling>;

/** What RoPE needs of a `config.json`. */
interface RopeConfig {
  readonly rope_theta?: number | null | undefined;
  readonly rope_scaling?: Scaling | null | undefined;
  readonly rope_parameters?:
    | Scaling & { readonly full_attention?: Scaling | null | undefined }
    | null
    | undefined;
  readonly partial_rotary_factor?: number | null | undefined;
  readonly original_max_position_embeddings?: number | null | undefined;
  readonly max_position_embeddings: number;
}

/** The scaling of all layers, or of those that see everything where sliding ones have their own. */
function givenScaling(config: RopeConfig): Scaling {
  const { rope_parameters: parameters } = config;
  return parameters?.full_attention ?? parameters ?? config.rope_scaling ?? {};
}

/** The part of a head that rotates, from 0 to 1. */
export function hfRotaryShare(config: RopeConfig): number {
  return givenScaling(config).partial_rotary_factor ??
    config.partial_rotary_factor ?? 1;
}

/** RoPE's base and scaling as `config.json` gives them. */
export function hfRope(
  config: RopeConfig,
  path: string,
): Pick<ModelConfig, "ropeTheta" | "ropeScaling"> {
  const given = givenScaling(config);
  return {
    ropeTheta: given.rope_theta ?? config.rope_theta ?? 10000,
    ropeScaling: scalingOf(given, config, path),
  };
}

function scalingOf(
  given: Scaling,
  config: RopeConfig,
  path: string,
): RopeScaling {
  const window = config.max_position_embeddings;
  const type = given.rope_type ?? given.type ?? "default";
  const need = (
    name: "factor" | "low_freq_factor" | "high_freq_factor",
  ): number => {
    const value = given[name];
    if (typeof value === "number") return value;
    throw new FormatError(
      path,
      `its RoPE scaling "${type}" lacks "${name}"`,
    );
  };
  const originalWindow = config.original_max_position_embeddings ??
    given.original_max_position_embeddings ?? window;
  if (given.short_factor && given.long_factor) {
    // Called "su" or "yarn" in early files.
    return longRope(given, window, originalWindow);
  }
  switch (type) {
    case "default":
      return { type: "none" };
    case "linear":
      return { type, factor: need("factor") };
    case "dynamic":
      // transformers measures it from the present window, whatever the original.
      return { type, factor: need("factor"), originalWindow: window };
    case "llama3":
      return {
        type,
        factor: need("factor"),
        lowFreqFactor: need("low_freq_factor"),
        highFreqFactor: need("high_freq_factor"),
        originalWindow,
      };
    case "yarn":
      if (given.truncate === false) break;
      return {
        type,
        factor: given.factor ?? window / originalWindow,
        originalWindow,
        betaFast: given.beta_fast ?? 32,
        betaSlow: given.beta_slow ?? 1,
        ...numberIf("attentionFactor", given.attention_factor),
        ...numberIf("mscale", given.mscale),
        ...numberIf("mscaleAllDim", given.mscale_all_dim),
      };
  }
  throw new FormatError(
    path,
    `its RoPE scaling is "${type}"${
      given.truncate === false ? ' with "truncate": false' : ""
    }; supported are default, linear, dynamic, llama3, yarn and longrope with its factors`,
  );
}

function longRope(
  given: Scaling,
  window: number,
  originalWindow: number,
): RopeScaling {
  const factor = given.factor ?? window / originalWindow;
  return {
    type: "longrope",
    short: Float32Array.from(given.short_factor ?? []),
    long: Float32Array.from(given.long_factor ?? []),
    originalWindow,
    attentionFactor: given.attention_factor ??
      longRopeAttention(factor, originalWindow),
  };
}

/** LongRoPE's factor on cosines and sines, where a file does not say. */
export function longRopeAttention(
  factor: number,
  originalWindow: number,
): number {
  return factor <= 1
    ? 1
    : Math.sqrt(1 + Math.log(factor) / Math.log(originalWindow));
}

/** An object with the key only where there is a number. */
function numberIf<K extends string>(
  key: K,
  value: number | null | undefined,
): { [P in K]?: number } {
  return (typeof value === "number" ? { [key]: value } : {}) as {
    [P in K]?: number;
  };
}
