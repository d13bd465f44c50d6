import { z } from "zod";
import { ropeFields } from "./hf_rope.ts";

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
  ["hidden_activation"]: z.string().nullish(),
  ["sliding_window"]: whole.nullish(),
  ["sliding_window_pattern"]: whole.nullish(),
  ["use_sliding_window"]: z.boolean().nullish(),
  ["max_window_layers"]: z.int().min(0).nullish(),
  ["layer_types"]: z.array(z.string()).nullish(),
  ["no_rope_layers"]: z.array(z.int()).nullish(),
  ["no_rope_layer_interval"]: whole.nullish(),
  ["query_pre_attn_scalar"]: z.number().nullish(),
  ["attn_logit_softcapping"]: z.number().nullish(),
  ["final_logit_softcapping"]: z.number().nullish(),
  ["use_bidirectional_attention"]: z.boolean().nullish(),
  ...ropeFields,
});

/** {@linkcode hfConfig} as read. */
export type HfConfig = z.infer<typeof hfConfig>;

/** What decides how the rest of a `config.json` is read. */
export const hfModelType = z.looseObject({
  ["model_type"]: z.string(),
  ["text_config"]: z.looseObject({ ["model_type"]: z.string().nullish() })
    .nullish(),
});

/** {@linkcode hfModelType} as read. */
export type HfModelType = z.infer<typeof hfModelType>;

/** A `config.json` with its defaults, and its text model's part in place of the whole where it has one. */
export function flatConfig(
  given: HfModelType,
  defaults: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { text_config: text, ...outer } = given;
  return { ...defaults, ...outer, ...text };
}

/** What is read of `generation_config.json`. */
export const hfGenerationConfig = z.looseObject({ ["eos_token_id"]: ids });

/** {@linkcode hfGenerationConfig} as read. */
export type HfGenerationConfig = z.infer<typeof hfGenerationConfig>;

/** Tokens are texts or objects with one. */
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

/** {@linkcode hfTokenizerConfig} as read. */
export type HfTokenizerConfig = z.infer<typeof hfTokenizerConfig>;
