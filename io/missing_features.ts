import type { GgufMetadata } from "./gguf/gguf_metadata.ts";

/** A part that no kernel computes, and the keys that show it; a key shows it if its value is neither 0, false nor null. */
interface Feature {
  readonly name: string;
  /** Of `config.json`. */
  readonly hf: RegExp;
  /** Of GGUF metadata, behind the architecture. */
  readonly gguf: RegExp;
}

const FEATURES: readonly Feature[] = [
  {
    name: "a mixture of experts",
    hf: /^(num_local_experts|num_experts|n_routed_experts|moe_\w+)$/,
    gguf: /^expert_(used_)?count$/,
  },
  {
    name: "layer norms with means",
    hf: /^(layer_norm_eps(ilon)?|norm_epsilon)$/,
    gguf: /^attention\.layer_norm_epsilon$/,
  },
  {
    name: "attention and MLP side by side",
    hf: /^(use_parallel_residual|parallel_attn|new_decoder_architecture)$/,
    gguf: /^use_parallel_residual$/,
  },
  {
    name: "ALiBi",
    hf: /^(alibi|use_alibi)$/,
    gguf: /^attention\.max_alibi_bias$/,
  },
  {
    name: "keys and values of low rank",
    hf: /^(kv|q)_lora_rank$/,
    gguf: /^attention\.(kv|q)_lora_rank$/,
  },
  {
    name: "recurrent layers",
    hf:
      /^(state_size|ssm_\w+|mamba_\w+|linear_\w+_head_dim|lru_width|conv_L_cache|wkv_\w+)$/,
    gguf: /^(ssm|wkv|shortconv)\./,
  },
  {
    name: "an encoder",
    hf: /^is_encoder_decoder$/,
    gguf: /^decoder_start_token_id$/,
  },
  {
    name: "scaled residuals",
    hf: /^(residual_multiplier|scale_depth)$/,
    gguf: /^residual_scale$/,
  },
  {
    name: "clipped projections",
    hf: /^clip_qkv$/,
    gguf: /^attention\.clamp_kqv$/,
  },
];

/** Parts that a `config.json` names and no supported architecture has. */
export function missingInHf(
  config: Readonly<Record<string, unknown>>,
): string[] {
  const names = shown(Object.entries(config), "hf");
  if (config.position_embedding_type === "alibi" && !names.includes("ALiBi")) {
    names.push("ALiBi");
  }
  return names;
}

/** Parts that a GGUF file's metadata name and no supported architecture has. */
export function missingInGguf(meta: GgufMetadata, arch: string): string[] {
  const own = meta.entries().filter(([key]) => key.startsWith(`${arch}.`));
  return shown(
    own.map(([key, value]) => [key.slice(arch.length + 1), value]),
    "gguf",
  );
}

function shown(
  entries: readonly (readonly [string, unknown])[],
  kind: "hf" | "gguf",
): string[] {
  return FEATURES.filter((feature) =>
    entries.some(([key, value]) => Boolean(value) && feature[kind].test(key))
  ).map(({ name }) => name);
}
