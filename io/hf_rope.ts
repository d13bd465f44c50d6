import { z } from "zod";
import { FormatError } from "./format_error.ts";
import type { ModelConfig, RopeScaling } from "./model_config.ts";

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
}).nullish();

/** RoPE's fields of a `config.json`: `rope_parameters` since transformers 5, `rope_scaling` before. */
export const ropeFields = {
  ["rope_theta"]: z.number().nullish(),
  ["rope_scaling"]: scaling,
  ["rope_parameters"]: scaling,
};

type Scaling = NonNullable<z.infer<typeof scaling>>;

/** RoPE's base and scaling as `config.json` gives them. */
export function hfRope(
  config: {
    rope_theta?: number | null | undefined;
    rope_scaling?: Scaling | null | undefined;
    rope_parameters?: Scaling | null | undefined;
    max_position_embeddings: number;
  },
  path: string,
): Pick<ModelConfig, "ropeTheta" | "ropeScaling"> {
  const given = config.rope_parameters ?? config.rope_scaling ?? {};
  if ((given.partial_rotary_factor ?? 1) !== 1) {
    throw new FormatError(
      path,
      `its partial_rotary_factor is "${given.partial_rotary_factor}"; in Llama models all of a head rotates`,
    );
  }
  return {
    ropeTheta: given.rope_theta ?? config.rope_theta ?? 10000,
    ropeScaling: scalingOf(given, config.max_position_embeddings, path),
  };
}

function scalingOf(
  given: Scaling,
  window: number,
  path: string,
): RopeScaling {
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
  const originalWindow = given.original_max_position_embeddings ?? window;
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
    }; supported are default, linear, dynamic, llama3 and yarn`,
  );
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
