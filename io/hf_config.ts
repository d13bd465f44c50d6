import { basename, dirname } from "node:path";
import type { Architecture } from "./architecture.ts";
import { stopIdsOf } from "./end_tokens.ts";
import { FormatError } from "./format_error.ts";
import type {
  HfConfig,
  HfGenerationConfig,
  HfTokenizerConfig,
} from "./hf_config_schema.ts";
import { hfRope, hfRotaryShare } from "./hf_rope.ts";
import type { ModelConfig } from "./model_config.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The folder's files that a configuration is made of. */
export interface HfParts {
  readonly architecture: Architecture;
  readonly config: HfConfig;
  readonly generation?: HfGenerationConfig | undefined;
  readonly tokenizerConfig?: HfTokenizerConfig | undefined;
  readonly tokenizer: Tokenizer;
  /** Whether the tokenizer's own post-processor starts texts with this id. */
  readonly startsWith: (id: number) => boolean;
  /** Of `config.json`. */
  readonly path: string;
}

/** A model's shape from a Hugging Face folder's configuration files. */
export function hfModelConfig(parts: HfParts): ModelConfig {
  const { architecture, config, path } = parts;
  const { generation, tokenizerConfig, tokenizer } = parts;
  refuseOthers(config, architecture, path);
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
    architecture: architecture.name,
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
    ropeDim: Math.trunc(headDim * hfRotaryShare(config)),
    ...hfRope(config, path),
    tiedHead: config.tie_word_embeddings,
    attentionBias: config.attention_bias,
    mlpBias: config.mlp_bias,
    ...activationOf(config, path),
    bosId,
    addBos: bosId !== null &&
      (tokenizerConfig?.add_bos_token ?? parts.startsWith(bosId)),
    stopIds: stopIdsOf(own, (text) => tokenizer.specialId(text)),
    ...architecture.fromHf(config, path),
  };
}

function activationOf(
  config: HfConfig,
  path: string,
): Pick<ModelConfig, "activation"> {
  const name = config.hidden_activation ?? config.hidden_act;
  if (name === "silu" || name === "swish") return {};
  if (name === "gelu_pytorch_tanh") return { activation: "gelu-tanh" };
  throw new FormatError(
    path,
    `its activation is "${name}"; supported: silu, gelu_pytorch_tanh`,
  );
}

function refuseOthers(
  config: HfConfig,
  { partialRotary }: Architecture,
  path: string,
): void {
  const share = hfRotaryShare(config);
  if (share !== 1 && !partialRotary) {
    throw new FormatError(
      path,
      `its partial_rotary_factor is "${share}"; in ${config.model_type} models all of a head rotates`,
    );
  }
  if (config.quantization_config) {
    const method = config.quantization_config.quant_method ?? "unknown";
    throw new FormatError(
      path,
      `its weights are quantised by "${method}"; use the unquantised model or a GGUF file`,
    );
  }
}
