import type { Architecture, Particulars } from "../architecture.ts";
import { FormatError } from "../format_error.ts";
import type { GgufMetadata } from "../gguf/gguf_metadata.ts";
import type { HfConfig } from "../huggingface/hf_config_schema.ts";
import {
  ggufSlides,
  hfSlides,
  layerKinds,
  slidingKind,
} from "../layer_kinds.ts";
import type { ModelConfig } from "../model_config.ts";
import { llama } from "./llama.ts";

/** Gemma 2: norms on both sides of attention and MLP, caps on scores and logits, every other layer slides. */
export const gemma2: Architecture = {
  ...llama,
  name: "gemma2",
  ggufName: "gemma2",
  defaults: {
    ["max_position_embeddings"]: 8192,
    ["num_attention_heads"]: 8,
    ["num_key_value_heads"]: 4,
    ["head_dim"]: 256,
    ["hidden_activation"]: "gelu_pytorch_tanh",
    ["tie_word_embeddings"]: true,
    ["sliding_window"]: 4096,
    ["query_pre_attn_scalar"]: 256,
    ["attn_logit_softcapping"]: 50,
    ["final_logit_softcapping"]: 30,
  },
  hfNames: {
    "input_layernorm": "attention_norm",
    "self_attn.q_proj": "query",
    "self_attn.k_proj": "key",
    "self_attn.v_proj": "value",
    "self_attn.o_proj": "output",
    "post_attention_layernorm": "attention_post_norm",
    "pre_feedforward_layernorm": "mlp_norm",
    "mlp.gate_proj": "gate",
    "mlp.up_proj": "up",
    "mlp.down_proj": "down",
    "post_feedforward_layernorm": "mlp_post_norm",
  },
  ggufNames: {
    ...llama.ggufNames,
    "post_attention_norm": "attention_post_norm",
    "post_ffw_norm": "mlp_post_norm",
  },
  ggufPairs: false,
  normsLessOne: true,
  fromHf(config, path) {
    const slides = hfSlides(config, path, (layer) => layer % 2 === 0);
    const sliding = config.sliding_window;
    return {
      ...gemmaFromHf(config, path),
      ...layerKinds(
        config.num_hidden_layers,
        (layer) => slidingKind(slides(layer) ? sliding : undefined),
      ),
    };
  },
  fromGguf(meta, shared) {
    const slides = ggufSlides(meta, "gemma2", 2);
    const sliding = meta.count("gemma2.attention.sliding_window") ?? 4096;
    return {
      ...gemmaFromGguf(meta, "gemma2", shared, 46),
      ...layerKinds(
        shared.layers,
        (layer) => slidingKind(slides(layer) ? sliding : undefined),
      ),
    };
  },
};

/** What Gemma 2 and 3 have in common, of `config.json`. */
export function gemmaFromHf(config: HfConfig, path: string): Particulars {
  if (config.use_bidirectional_attention) {
    throw new FormatError(
      path,
      "its rows see the rows behind them too (use_bidirectional_attention); models that generate text can be run",
    );
  }
  const scalar = config.query_pre_attn_scalar ?? 256;
  return {
    ...caps(config.attn_logit_softcapping, config.final_logit_softcapping),
    attentionScale: Math.fround(scalar ** -0.5),
    embeddingScale: scaleOf(config.hidden_size),
  };
}

/**
 * What Gemma 2 and 3 have in common, of GGUF metadata. The files do not say how scores are scaled: llama.cpp knows
 * the largest model, whose scale is not that of its heads, by its layers; `attention.scale` says it for others.
 */
export function gemmaFromGguf(
  meta: GgufMetadata,
  arch: string,
  { layers, hidden, heads, headDim }: ModelConfig,
  largest: number,
): Particulars {
  const width = layers === largest ? Math.floor(hidden / heads) : headDim;
  return {
    activation: "gelu-tanh",
    ...caps(
      meta.number(`${arch}.attn_logit_softcapping`),
      meta.number(`${arch}.final_logit_softcapping`),
    ),
    attentionScale: meta.number(`${arch}.attention.scale`) ??
      Math.fround(width ** -0.5),
    embeddingScale: scaleOf(hidden),
  };
}

/** √hidden in fp32, as llama.cpp and, at fp32, transformers have it; at bf16 transformers rounds it to bf16. */
function scaleOf(hidden: number): number {
  return Math.fround(Math.sqrt(hidden));
}

function caps(
  scores: number | null | undefined,
  logits: number | null | undefined,
): Particulars {
  return {
    ...(scores ? { scoreCap: scores } : {}),
    ...(logits ? { logitCap: logits } : {}),
  };
}
