import { basename, dirname } from "node:path";
import type { Architecture } from "../architecture.ts";
import { FormatError } from "../format_error.ts";
import type {
  HfConfig,
  HfGenerationConfig,
  HfTokenizerConfig,
} from "./hf_config_schema.ts";
import { hfRope, hfRotaryShare } from "./hf_rope.ts";
import { withinWindow } from "../layer_kinds.ts";
import type { ModelConfig } from "../model_config.ts";
import { textEnds } from "../tokenizer/text_ends.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

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
  refuseOthers(config, architecture, path);
  const heads = config.num_attention_heads;
  const headDim = config.head_dim ?? config.hidden_size / heads;
  return withinWindow({
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
    ...textEnds({
      ...parts,
      bosId: config.bos_token_id,
      eosIds: [config.eos_token_id, parts.generation?.eos_token_id].flat(),
    }),
    ...architecture.fromHf(config, path),
  });
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
