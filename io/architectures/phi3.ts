import type { Architecture } from "../architecture.ts";
import { layerKinds, slidingKind } from "../layer_kinds.ts";
import { llama } from "./llama.ts";

/**
 * Phi-3, Phi-3.5-mini, Phi-4 and Phi-4-mini: Llama with merged projections, all layers sliding, and a part of a head
 * that rotates. GGUF files say their window, which llama.cpp passes over; here as in transformers it holds.
 */
export const phi3: Architecture = {
  ...llama,
  name: "phi3",
  ggufName: "phi3",
  defaults: {
    ["max_position_embeddings"]: 4096,
    ["original_max_position_embeddings"]: 4096,
    ["rms_norm_eps"]: 1e-5,
  },
  hfNames: {
    "input_layernorm": "attention_norm",
    "self_attn.qkv_proj": ["query", "key", "value"],
    "self_attn.o_proj": "output",
    "post_attention_layernorm": "mlp_norm",
    "mlp.gate_up_proj": ["gate", "up"],
    "mlp.down_proj": "down",
  },
  ggufNames: {
    "attn_norm": "attention_norm",
    "attn_qkv": ["query", "key", "value"],
    "attn_output": "output",
    "ffn_norm": "mlp_norm",
    "ffn_up": ["gate", "up"],
    "ffn_down": "down",
  },
  ggufPairs: false,
  partialRotary: true,
  fromHf: ({ num_hidden_layers: layers, sliding_window: sliding }) =>
    layerKinds(layers, () => slidingKind(sliding)),
  fromGguf: (meta, { layers }) => {
    const sliding = meta.number("phi3.attention.sliding_window");
    return layerKinds(layers, () => slidingKind(sliding));
  },
};
