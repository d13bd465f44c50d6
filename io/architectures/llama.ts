import type { Architecture } from "../architecture.ts";
import { layerKinds, slidingKind } from "../layer_kinds.ts";

/** Llama 2 and 3, SmolLM2 and everything of their shape: pre-norm, RoPE, grouped queries, SwiGLU. */
export const llama: Architecture = {
  name: "llama",
  ggufName: "llama",
  defaults: {},
  hfNames: {
    "input_layernorm": "attention_norm",
    "self_attn.q_proj": "query",
    "self_attn.k_proj": "key",
    "self_attn.v_proj": "value",
    "self_attn.o_proj": "output",
    "post_attention_layernorm": "mlp_norm",
    "mlp.gate_proj": "gate",
    "mlp.up_proj": "up",
    "mlp.down_proj": "down",
  },
  ggufNames: {
    "attn_norm": "attention_norm",
    "attn_q": "query",
    "attn_k": "key",
    "attn_v": "value",
    "attn_qkv": ["query", "key", "value"], // of the converter's --fuse-qkv
    "attn_output": "output",
    "ffn_norm": "mlp_norm",
    "ffn_gate": "gate",
    "ffn_up": "up",
    "ffn_down": "down",
  },
  ggufPairs: true,
  normsLessOne: false,
  wholeRowNorms: false,
  partialRotary: false,
  fromHf: () => ({}),
  // Mistral's files are Llama's. The format has this key, though llama.cpp neither writes nor reads it here.
  fromGguf: (meta, { layers }) => {
    const sliding = meta.number("llama.attention.sliding_window");
    return layerKinds(layers, () => slidingKind(sliding));
  },
};
