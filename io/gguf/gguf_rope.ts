import type { ByteSource } from "../files/byte_source.ts";
import type { GgufFile } from "./gguf.ts";
import type { GgufMetadata } from "./gguf_metadata.ts";
import { longRopeAttention } from "../huggingface/hf_rope.ts";
import type { RopeScaling } from "../model_config.ts";

/** Factors by frequency that a file holds as tensors. */
export interface GgufRopeFactors {
  /** `rope_freqs.weight`. */
  readonly freqs?: Float32Array; // [ropeDim / 2]
  /** `rope_factors_long.weight`. */
  readonly long?: Float32Array; // [ropeDim / 2]
  /** `rope_factors_short.weight`. */
  readonly short?: Float32Array; // [ropeDim / 2]
}

/** Reads the factors. */
export async function readRopeFactors(
  file: GgufFile,
  source: ByteSource,
): Promise<GgufRopeFactors> {
  const read = async (name: string) => {
    const tensor = file.tensors.get(`${name}.weight`);
    return tensor &&
      tensor.format.decode(await source.read(tensor.offset, tensor.bytes));
  };
  const freqs = await read("rope_freqs");
  const long = await read("rope_factors_long");
  const short = await read("rope_factors_short");
  return {
    ...(freqs && { freqs }),
    ...(long && { long }),
    ...(short && { short }),
  };
}

/** RoPE's scaling as metadata and tensors give it. */
export function ggufRopeScaling(
  meta: GgufMetadata,
  arch: string,
  { freqs: factors, long, short }: GgufRopeFactors,
): RopeScaling {
  const key = (name: string) => `${arch}.rope.scaling.${name}`;
  const type = meta.string(key("type")) ?? "none";
  const factor = meta.number(key("factor")) ??
    meta.number(`${arch}.rope.scale_linear`) ?? 1;
  const linear = type === "linear" || (type === "none" && factor !== 1);
  const originalWindow = () =>
    meta.count(key("original_context_length")) ??
      meta.requiredCount(`${arch}.context_length`);
  if (long && short) {
    const window = meta.requiredCount(`${arch}.context_length`);
    return {
      type: "longrope",
      short,
      long,
      originalWindow: originalWindow(),
      attentionFactor: meta.number(key("attn_factor")) ??
        longRopeAttention(window / originalWindow(), originalWindow()),
    };
  }
  if (factors && (type === "none" || linear)) {
    const scale = linear ? factor : 1;
    return { type: "factors", factors: factors.map((f) => f * scale) };
  }
  if (linear) return { type: "linear", factor };
  if (type === "none") return { type: "none" };
  if (type === "yarn" && !factors) {
    const attention = meta.number(key("yarn_attn_factor")) ??
      meta.number(key("attn_factor"));
    return {
      type: "yarn",
      factor,
      originalWindow: originalWindow(),
      betaFast: meta.number(key("yarn_beta_fast")) ?? 32,
      betaSlow: meta.number(key("yarn_beta_slow")) ?? 1,
      // llama.cpp multiplies its factor with YaRN's own.
      ...(attention === undefined ? {} : {
        attentionFactor: attention * (1 + 0.1 * Math.log(factor)),
      }),
    };
  }
  throw meta.error(
    `its RoPE scaling is "${type}"${
      factors ? " with rope_freqs.weight" : ""
    }; supported are none, linear, yarn, rope_freqs.weight alone, and longrope with rope_factors_long.weight and rope_factors_short.weight`,
  );
}
