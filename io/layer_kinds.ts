import { MOST_LAYERS } from "./config_check.ts";
import type { HfConfig } from "./huggingface/hf_config_schema.ts";
import { FormatError } from "./format_error.ts";
import type { GgufMetadata } from "./gguf/gguf_metadata.ts";
import type { LayerKind, ModelConfig } from "./model_config.ts";

/** Kinds of all layers, and nothing where every layer sees everything and turns alike. */
export function layerKinds(
  layers: number,
  kindOf: (layer: number) => LayerKind,
): Pick<ModelConfig, "layerKinds"> {
  const length = Math.min(layers, MOST_LAYERS); // more are refused soon
  const kinds = Array.from({ length }, (_, l) => kindOf(l));
  const plain = kinds.every(({ sliding, rope }) =>
    sliding === undefined && rope === "model"
  );
  return plain ? {} : { layerKinds: kinds };
}

/**
 * The configuration without windows of layers that reach as far as the model's own: no row ever stands so far behind an
 * entry, and masks that hide nothing cost time. Phi-3's and Phi-4-mini's long models say such windows.
 */
export function withinWindow(config: ModelConfig): ModelConfig {
  const { layerKinds: given, ...rest } = config;
  if (!given) return config;
  const kinds = given.map(({ rope, sliding }): LayerKind =>
    sliding !== undefined && sliding < config.window
      ? { rope, sliding }
      : { rope }
  );
  return { ...rest, ...layerKinds(kinds.length, (l) => kinds[l]!) };
}

/** A layer that turns as the model does and sees `sliding` entries, all where there is no number. */
export function slidingKind(sliding?: number | null): LayerKind {
  return { rope: "model", ...(sliding ? { sliding } : {}) };
}

/**
 * Whether layers slide: as `layer_types` says (transformers 5), or by the family's own rule where it is missing.
 *
 * @throws {FormatError} If it names a type of layer that no kernel computes.
 */
export function hfSlides(
  config: HfConfig,
  path: string,
  rule: (layer: number) => boolean,
): (layer: number) => boolean {
  const types = config.layer_types;
  if (!types) return rule;
  const other = types.find((type) => !/^(full|sliding)_attention$/.test(type));
  if (other !== undefined) {
    throw new FormatError(
      path,
      `its layer_types have "${other}"; supported: full_attention, sliding_attention`,
    );
  }
  if (types.length < config.num_hidden_layers) {
    throw new FormatError(
      path,
      `its layer_types are ${types.length} for ${config.num_hidden_layers} layers; it is damaged, so fetch it again`,
    );
  }
  return (layer) => types[layer] === "sliding_attention";
}

/**
 * Whether layers slide by GGUF's `attention.sliding_window_pattern`, by layer or as every how many layers one does
 * not; converters leave it out where llama.cpp knows it.
 */
export function ggufSlides(
  meta: GgufMetadata,
  arch: string,
  pattern: number,
): (layer: number) => boolean {
  const given = meta.numberOrNumbers(
    `${arch}.attention.sliding_window_pattern`,
  );
  if (given instanceof Float64Array) return (layer) => given[layer] === 1;
  const every = given ?? pattern;
  return (layer) => every === 0 || layer % every < every - 1;
}
