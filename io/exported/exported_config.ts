import { z } from "zod";
import { configuredAttention } from "./configured_attention.ts";
import type { ExportedLayout } from "./exported_layout.ts";
import { FormatError } from "../format_error.ts";
import type { HfGenerationConfig } from "../huggingface/hf_config_schema.ts";
import { withinWindow } from "../layer_kinds.ts";
import type { ModelConfig } from "../model_config.ts";
import { type TextEndParts, textEnds } from "../tokenizer/text_ends.ts";

const whole = z.int().min(1).nullish();
const ids = z.union([z.int(), z.array(z.int())]).nullish();

const ropeScaling = z.looseObject({
  type: z.string().nullish(),
  ["rope_type"]: z.string().nullish(),
  ["original_max_position_embeddings"]: whole,
}).nullish();

/** What is read of an exported model's `config.json`: only what the graph itself does not say. */
export const exportedHfConfig = z.looseObject({
  ["model_type"]: z.string().default("unknown"),
  ["hidden_size"]: whole,
  ["intermediate_size"]: whole,
  ["num_attention_heads"]: whole,
  ["head_dim"]: whole,
  ["vocab_size"]: whole,
  ["max_position_embeddings"]: whole,
  ["original_max_position_embeddings"]: whole,
  ["rope_scaling"]: ropeScaling,
  ["rope_parameters"]: ropeScaling,
  ["sliding_window"]: whole,
  ["use_sliding_window"]: z.boolean().default(true),
  ["layer_types"]: z.array(z.string()).nullish(),
  ["bos_token_id"]: ids,
  ["eos_token_id"]: ids,
});

/** What is read of onnxruntime-genai's `genai_config.json`. */
export const genaiConfig = z.looseObject({
  model: z.looseObject({
    type: z.string().default("unknown"),
    ["context_length"]: whole,
    ["vocab_size"]: whole,
    ["bos_token_id"]: ids,
    ["eos_token_id"]: ids,
    decoder: z.looseObject({
      filename: z.string().default("model.onnx"),
      ["hidden_size"]: whole,
      ["num_attention_heads"]: whole,
      ["head_size"]: whole,
      ["sliding_window"]: z.looseObject({ ["window_size"]: whole }).nullish(),
    }),
  }),
});

/** What a model's configuration is made of. */
export interface ExportedParts
  extends Pick<TextEndParts, "tokenizerConfig" | "tokenizer" | "startsWith"> {
  readonly hf?: z.infer<typeof exportedHfConfig> | undefined;
  readonly genai?: z.infer<typeof genaiConfig> | undefined;
  readonly generation?: HfGenerationConfig | undefined;
  readonly layout: ExportedLayout;
  readonly name: string;
  readonly path: string;
}

/**
 * An exported decoder's shape. RoPE and norms are in the graph, so their fields say nothing here. Where it is not known
 * which layers slide, they bound the window: inside it a sliding layer sees what any other sees. So do the factors of
 * longrope: keys turned by one list must not meet queries turned by the other.
 */
export function exportedConfig(parts: ExportedParts): ModelConfig {
  const { hf, genai, layout, path } = parts;
  const { model } = genai ?? {};
  const need = (what: string, ...values: (number | null | undefined)[]) => {
    const found = values.find((value) => typeof value === "number");
    if (found !== undefined) return found;
    throw new FormatError(
      path,
      `its configuration does not say ${what}; put the model's config.json beside it`,
    );
  };
  const { kvHeads, layers } = layout;
  const heads = need(
    "how many attention heads it has (num_attention_heads)",
    hf?.num_attention_heads,
    model?.decoder.num_attention_heads,
  );
  const width = hf?.hidden_size ?? model?.decoder.hidden_size;
  const headDim = need(
    "how wide a head is (head_dim)",
    layout.headDim,
    hf?.head_dim,
    model?.decoder.head_size,
    width && width / heads,
  );
  const hidden = width ?? heads * headDim;
  const window = need(
    "how long its window is (max_position_embeddings)",
    hf?.max_position_embeddings,
    model?.context_length,
  );
  const attention = configuredAttention(hf, path);
  return withinWindow({
    architecture: hf?.model_type ?? model?.type ?? "unknown",
    name: parts.name,
    layers,
    hidden,
    ffn: hf?.intermediate_size ?? 4 * hidden,
    heads,
    kvHeads,
    headDim,
    vocab: layout.vocab ??
      need(
        "how large its vocabulary is (vocab_size)",
        hf?.vocab_size,
        model?.vocab_size,
      ),
    window: Math.min(
      window,
      longropeWindow(parts) ?? Infinity,
      (attention ? undefined : slidingWindow(parts)) ?? Infinity,
    ),
    ...attention,
    normEpsilon: 1e-5,
    ropeTheta: 1e4,
    ropeDim: headDim,
    ropeScaling: { type: "none" },
    tiedHead: false,
    attentionBias: false,
    mlpBias: false,
    ...textEnds({
      ...parts,
      bosId: [hf?.bos_token_id, model?.bos_token_id].flat()
        .find((id) => typeof id === "number"),
      eosIds: [
        hf?.eos_token_id,
        model?.eos_token_id,
        parts.generation?.eos_token_id,
      ].flat(),
    }),
  });
}

/** Up to where RoPE's factors for short texts hold: an export has one list, or chooses by the length of every pass. */
function longropeWindow({ hf }: ExportedParts): number | undefined {
  const scaling = hf?.rope_scaling ?? hf?.rope_parameters;
  const type = scaling?.rope_type ?? scaling?.type;
  if (type !== "longrope" && type !== "su") return undefined;
  return scaling?.original_max_position_embeddings ??
    hf?.original_max_position_embeddings ?? undefined;
}

/** Entries that the narrowest layers see, where some slide. */
function slidingWindow({ hf, genai }: ExportedParts): number | undefined {
  const slides = hf?.use_sliding_window !== false &&
    (hf?.layer_types?.some((type) => type.startsWith("sliding")) ?? true);
  const sizes = [
    slides ? hf?.sliding_window : undefined,
    genai?.model.decoder.sliding_window?.window_size,
  ].filter((size) => typeof size === "number");
  return sizes.length > 0 ? Math.min(...sizes) : undefined;
}
