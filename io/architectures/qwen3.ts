import type { Architecture } from "../architecture.ts";
import { llama } from "./llama.ts";
import { qwen2, qwenWindows } from "./qwen2.ts";

/** Qwen 3: Llama with a norm on every head of query and key. */
export const qwen3: Architecture = {
  ...qwen2,
  name: "qwen3",
  ggufName: "qwen3",
  defaults: { ...qwen2.defaults, ["head_dim"]: 128 },
  hfNames: {
    ...llama.hfNames,
    "self_attn.q_norm": "query_norm",
    "self_attn.k_norm": "key_norm",
  },
  ggufNames: {
    ...llama.ggufNames,
    "attn_q_norm": "query_norm",
    "attn_k_norm": "key_norm",
  },
  fromHf: qwenWindows,
};
