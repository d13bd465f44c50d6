import { basename, dirname } from "node:path";
import { z } from "zod";
import { stopIdsOf } from "./end_tokens.ts";
import { FormatError } from "./format_error.ts";
import { hfRope, ropeFields } from "./hf_rope.ts";
import type { ModelConfig } from "./model_config.ts";
import type { Tokenizer } from "./tokenizer.ts";

const whole = z.int().min(1);
const ids = z.union([z.int(), z.array(z.int())]).nullish();

/** What is read of a Hugging Face `config.json`; defaults are `LlamaConfig`'s. */
export const hfConfig = z.looseObject({
  ["model_type"]: z.string(),
  ["_name_or_path"]: z.string().nullish(),
  ["hidden_size"]: whole,
  ["intermediate_size"]: whole,
  ["num_hidden_layers"]: whole,
  ["num_attention_heads"]: whole,
  ["num_key_value_heads"]: whole.nullish(),
  ["head_dim"]: whole.nullish(),
  ["vocab_size"]: whole,
  ["max_position_embeddings"]: whole.default(2048),
  ["rms_norm_eps"]: z.number().default(1e-6),
  ["hidden_act"]: z.string().default("silu"),
  ["tie_word_embeddings"]: z.boolean().default(false),
  ["attention_bias"]: z.boolean().default(false),
  ["mlp_bias"]: z.boolean().default(false),
  ["bos_token_id"]: z.int().nullish(),
  ["eos_token_id"]: ids,
  ["quantization_config"]: z.looseObject({}).nullish(),
  ...ropeFields,
});

/** What is read of `generation_config.json`. */
export const hfGenerationConfig = z.looseObject({ ["eos_token_id"]: ids });

/** What is read of `tokenizer_config.json`; tokens are texts or objects with one. */
const tokenText = z.union([
  z.string(),
  z.looseObject({ content: z.string() }).transform((token) => token.content),
]).nullish();

/** What is read of `tokenizer_config.json`. */
export const hfTokenizerConfig = z.looseObject({
  ["bos_token"]: tokenText,
  ["eos_token"]: tokenText,
  ["add_bos_token"]: z.boolean().nullish(),
  ["chat_template"]: z.union([
    z.string(),
    z.array(z.looseObject({ name: z.string(), template: z.string() })),
  ]).nullish(),
});

/** The folder's files that a configuration is made of. */
export interface HfParts {
  readonly config: z.infer<typeof hfConfig>;
  readonly generation?: z.infer<typeof hfGenerationConfig> | undefined;
  readonly tokenizerConfig?: z.infer<typeof hfTokenizerConfig> | undefined;
  readonly tokenizer: Tokenizer;
  /** Whether the tokenizer's own post-processor starts texts with this id. */
  readonly startsWith: (id: number) => boolean;
  /** Of `config.json`. */
  readonly path: string;
}

/** A model's shape from a Hugging Face folder's configuration files. */
export function hfModelConfig(parts: HfParts): ModelConfig {
  const { config, generation, tokenizerConfig, tokenizer, path } = parts;
  refuseOthers(config, path);
  const heads = config.num_attention_heads;
  const headDim = config.head_dim ?? config.hidden_size / heads;
  const special = (text: string | null | undefined) =>
    text ? tokenizer.specialId(text) : undefined;
  const bosId = config.bos_token_id ?? special(tokenizerConfig?.bos_token) ??
    null;
  const own = [
    config.eos_token_id,
    generation?.eos_token_id,
    special(tokenizerConfig?.eos_token),
  ].flat();
  return {
    architecture: config.model_type,
    name: config._name_or_path || basename(dirname(path)),
    layers: config.num_hidden_layers,
    hidden: config.hidden_size,
    ffn: config.intermediate_size,
    heads,
    kvHeads: config.num_key_value_heads ?? heads,
    headDim,
    vocab: config.vocab_size,
    window: config.max_position_embeddings,
    normEpsilon: config.rms_norm_eps,
    ropeDim: headDim,
    ...hfRope(config, path),
    tiedHead: config.tie_word_embeddings,
    attentionBias: config.attention_bias,
    mlpBias: config.mlp_bias,
    bosId,
    addBos: bosId !== null &&
      (tokenizerConfig?.add_bos_token ?? parts.startsWith(bosId)),
    stopIds: stopIdsOf(own, (text) => tokenizer.specialId(text)),
  };
}

function refuseOthers(config: z.infer<typeof hfConfig>, path: string): void {
  const refuse = (problem: string): never => {
    throw new FormatError(path, problem);
  };
  if (config.model_type !== "llama") {
    refuse(`its model_type is "${config.model_type}"; supported: llama`);
  }
  if (config.hidden_act !== "silu") {
    refuse(`its hidden_act is "${config.hidden_act}"; supported: silu`);
  }
  if (config.quantization_config) {
    const method = config.quantization_config.quant_method ?? "unknown";
    refuse(
      `its weights are quantised by "${method}"; use the unquantised model or a GGUF file`,
    );
  }
}
