import type { Architecture } from "../architecture.ts";
import { stopIdsOf } from "../tokenizer/end_tokens.ts";
import type { GgufFile } from "./gguf.ts";
import { GgufMetadata } from "./gguf_metadata.ts";
import { type GgufRopeFactors, ggufRopeScaling } from "./gguf_rope.ts";
import { withinWindow } from "../layer_kinds.ts";
import type { ModelConfig } from "../model_config.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/**
 * A model's shape from a GGUF file's metadata.
 *
 * @throws {FormatError} If a needed key is missing.
 */
export function ggufConfig(
  file: GgufFile,
  architecture: Architecture,
  tokenizer: Tokenizer,
  ropeFactors: GgufRopeFactors = {},
): ModelConfig {
  const meta = new GgufMetadata(file);
  const arch = architecture.ggufName ?? architecture.name;
  const key = (name: string) => `${arch}.${name}`;
  const hidden = meta.requiredCount(key("embedding_length"));
  const heads = meta.requiredCount(key("attention.head_count"));
  const headDim = meta.count(key("attention.key_length")) ?? hidden / heads;
  const bosId = meta.number("tokenizer.ggml.bos_token_id") ?? null;
  const own = ["eos", "eot", "eom"].map((name) =>
    meta.number(`tokenizer.ggml.${name}_token_id`)
  );
  const shared: ModelConfig = {
    architecture: architecture.name,
    name: meta.string("general.name") ?? arch,
    layers: meta.requiredCount(key("block_count")),
    hidden,
    ffn: meta.requiredCount(key("feed_forward_length")),
    heads,
    kvHeads: meta.count(key("attention.head_count_kv")) ?? heads,
    headDim,
    vocab: file.tensors.get("token_embd.weight")?.shape[0] ?? tokenizer.vocab,
    window: meta.requiredCount(key("context_length")),
    normEpsilon: meta.number(key("attention.layer_norm_rms_epsilon")) ?? 1e-5,
    ropeTheta: meta.number(key("rope.freq_base")) ?? 10000,
    ropeDim: meta.count(key("rope.dimension_count")) ?? headDim,
    ropeScaling: ggufRopeScaling(meta, arch, ropeFactors),
    tiedHead: !file.tensors.has("output.weight"),
    attentionBias: file.tensors.has("blk.0.attn_q.bias") ||
      file.tensors.has("blk.0.attn_qkv.bias"),
    mlpBias: file.tensors.has("blk.0.ffn_down.bias"),
    bosId,
    addBos: bosId !== null && addsBos(meta),
    stopIds: stopIdsOf(own, (text) => tokenizer.specialId(text)),
  };
  return withinWindow({ ...shared, ...architecture.fromGguf(meta, shared) });
}

/** Pre-tokenizers of models whose texts start with BOS. */
const BOS_WORDS = /^(llama-bpe|llama3|llama-v3|tekken)$/;

/** llama.cpp's defaults for files that do not say. */
function addsBos(meta: GgufMetadata): boolean {
  return meta.boolean("tokenizer.ggml.add_bos_token") ??
    (meta.string("tokenizer.ggml.model") === "llama" ||
      BOS_WORDS.test(meta.string("tokenizer.ggml.pre") ?? ""));
}
