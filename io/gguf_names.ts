/** Hugging Face's names of the tensors outside the layers. */
const OUTER: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
};

/** Hugging Face's names of a layer's parts. */
const INNER: ReadonlyMap<string, string> = new Map([
  ["attn_norm", "input_layernorm"],
  ["attn_q", "self_attn.q_proj"],
  ["attn_k", "self_attn.k_proj"],
  ["attn_v", "self_attn.v_proj"],
  ["attn_output", "self_attn.o_proj"],
  ["ffn_norm", "post_attention_layernorm"],
  ["ffn_gate", "mlp.gate_proj"],
  ["ffn_up", "mlp.up_proj"],
  ["ffn_down", "mlp.down_proj"],
]);

/**
 * Hugging Face's name of a GGUF tensor of the Llama family:
 * `blk.3.attn_q.weight` is `model.layers.3.self_attn.q_proj.weight`.
 *
 * @returns Nothing for tensors that are no weights (`rope_freqs.weight`).
 */
export function huggingFaceName(gguf: string): string | undefined {
  const outer = OUTER[gguf];
  if (outer) return outer;
  const match = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(gguf);
  const inner = INNER.get(match?.[2] ?? "");
  if (!match || !inner) return undefined;
  return `model.layers.${match[1]}.${inner}.${match[3]}`;
}
