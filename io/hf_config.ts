import { basename, dirname } from "node:path";
import type { Architecture } from "./architecture.ts";
import { stopIdsOf } from "./end_tokens.ts";
import { FormatError } from "./format_error.ts";
import type {
  HfConfig,
  HfGenerationConfig,
  HfTokenizerConfig,
} from "./hf_config_schema.ts";
import { hfRope } from "./hf_rope.ts";
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
  refuseOthers(config, path);
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
    ropeDim: headDim,
    ...hfRope(config, path),
    tiedHead: config.tie_word_embeddings,
    attentionBias: config.attention_bias,
    mlpBias: config.mlp_bias,
    bosId,
    addBos: bosId !== null &&
      (tokenizerConfig?.add_bos_token ?? parts.startsWith(bosId)),
    stopIds: stopIdsOf(own, (text) => tokenizer.specialId(text)),
    ...architecture.fromHf(config, path),
  };
}

function refuseOthers(config: HfConfig, path: string): void {
  const refuse = (problem: string): never => {
    throw new FormatError(path, problem);
  };
  if (config.hidden_act !== "silu") {
    refuse(`its hidden_act is "${config.hidden_act}"; supported: silu`);
  }
  if (config.quantization_config) {
    const method = config.quantization_config.quant_method ?? "unknown";
    refuse(
      `its weights are quantised by "${method}"; use the unquantised model or a GGUF file`,
    );
  }
}
