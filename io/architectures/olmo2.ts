import type { Architecture } from "../architecture.ts";
import { llama } from "./llama.ts";

const { attn_norm: _, ffn_norm: __, ...projections } = llama.ggufNames;

/** OLMo 2: norms behind attention and MLP instead of before them, and over whole rows of query and key. */
export const olmo2: Architecture = {
  ...llama,
  name: "olmo2",
  ggufName: "olmo2",
  defaults: { ["rms_norm_eps"]: 1e-5 },
  hfNames: {
    "self_attn.q_proj": "query",
    "self_attn.k_proj": "key",
    "self_attn.v_proj": "value",
    "self_attn.q_norm": "query_norm",
    "self_attn.k_norm": "key_norm",
    "self_attn.o_proj": "output",
    "post_attention_layernorm": "attention_post_norm",
    "mlp.gate_proj": "gate",
    "mlp.up_proj": "up",
    "mlp.down_proj": "down",
    "post_feedforward_layernorm": "mlp_post_norm",
  },
  ggufNames: {
    ...projections,
    "attn_q_norm": "query_norm",
    "attn_k_norm": "key_norm",
    "post_attention_norm": "attention_post_norm",
    "post_ffw_norm": "mlp_post_norm",
  },
  ggufPairs: false,
  wholeRowNorms: true,
  fromGguf(meta) {
    if (meta.number("olmo2.attention.sliding_window")) {
      throw meta.error(
        "it is OLMo 3, whose layers slide; of this architecture OLMo 2 can be run",
      );
    }
    return {};
  },
};
