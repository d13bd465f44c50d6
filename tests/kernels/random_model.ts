import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightData, WeightSource } from "../../io/weights.ts";
import type { Tokenizer } from "../../io/tokenizer.ts";
import { Embedding } from "../../kernels/embedding.ts";
import { dequantizeRow } from "../../kernels/embedding.ts";
import { llama } from "../../kernels/llama.ts";
import { OnnxModel } from "../../kernels/onnx_model.ts";

/** A small Llama shape with grouped queries. */
export const smallConfig: ModelConfig = {
  architecture: "llama",
  name: "random",
  layers: 3,
  hidden: 64,
  ffn: 96,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  vocab: 128,
  window: 128,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  ropeDim: 16,
  ropeScaling: { type: "none" },
  tiedHead: false,
  attentionBias: false,
  mlpBias: false,
  bosId: 0,
  addBos: true,
  stopIds: [1],
};

/** Uniform numbers in [0, 1) by seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers around zero by seed. */
export function noise(size: number, seed: number, scale = 1): Float32Array {
  const next = seeded(seed);
  return Float32Array.from({ length: size }, () => (next() - 0.5) * 2 * scale);
}

/** Blocks of random 4- or 8-bit values. */
export function randomBlocks(
  out: number,
  inner: number,
  bits: 4 | 8,
  blockSize: 16 | 32,
  options: { readonly seed: number; readonly mins: boolean },
): Extract<WeightData, { kind: "blocks" }> {
  const next = seeded(options.seed);
  const blocks = out * inner / blockSize;
  const scale = bits === 4 ? 0.02 : 0.002;
  return {
    kind: "blocks",
    bits,
    blockSize,
    quants: Uint8Array.from(
      { length: out * inner * bits / 8 },
      () => next() * 256,
    ),
    scales: Float32Array.from({ length: blocks }, () => (next() + 0.2) * scale),
    ...(options.mins && { mins: noise(blocks, options.seed + 1, 0.05) }),
  };
}

/** A matrix in fp32, whatever its form. */
export function dense(data: WeightData, out: number, inner: number) {
  if (data.kind === "dense") return data.data;
  const all = new Float32Array(out * inner);
  for (let r = 0; r < out; r++) {
    dequantizeRow(data, r, all.subarray(r * inner, (r + 1) * inner));
  }
  return all;
}

/** Random weights for any Llama shape, the same for the same seed. */
export function randomWeights(config: ModelConfig, seed: number): WeightSource {
  const { hidden, ffn, heads, kvHeads, headDim, vocab } = config;
  const shapes: Record<string, number[]> = {
    q_proj: [heads * headDim, hidden],
    k_proj: [kvHeads * headDim, hidden],
    v_proj: [kvHeads * headDim, hidden],
    o_proj: [hidden, heads * headDim],
    gate_proj: [ffn, hidden],
    up_proj: [ffn, hidden],
    down_proj: [hidden, ffn],
    embed_tokens: [vocab, hidden],
    lm_head: [vocab, hidden],
  };
  const shape = (name: string) => shapes[name.split(".").at(-2)!] ?? [hidden];
  const read = (name: string): Float32Array => {
    const dims = shape(name);
    const size = dims.reduce((a, b) => a * b, 1);
    if (dims.length === 1) return noise(size, seed, 0.2).map((v) => v + 1);
    const key = [...name].reduce((a, c) => a * 31 + c.charCodeAt(0) | 0, seed);
    return noise(size, key, name.includes("embed") ? 1 : 0.3);
  };
  return {
    names: [],
    has: (name) => name.endsWith(".weight"),
    shape,
    bytes: () => 0,
    read: (name) => Promise.resolve({ kind: "dense", data: read(name) }),
    readDense: (name) => Promise.resolve(read(name)),
  };
}

/** A model with random weights; nothing of it needs a tokenizer. */
export async function randomModel(
  options: { config?: ModelConfig; workers?: number; seed?: number } = {},
): Promise<OnnxModel> {
  const config = options.config ?? smallConfig;
  const weights = randomWeights(config, options.seed ?? 1);
  const table = await llama.embedding(weights);
  return new OnnxModel({
    family: llama,
    weights,
    config,
    accuracy: "exact",
    workers: options.workers ?? 1,
    threads: 1,
    tokenizer: {} as Tokenizer,
    embedding: new Embedding(table, config.vocab, config.hidden),
    close: () => Promise.resolve(),
  });
}

/** Random token ids. */
export function randomIds(count: number, seed: number): Int32Array {
  const next = seeded(seed);
  return Int32Array.from({ length: count }, () => 2 + next() * 126);
}

/** Largest absolute difference; NaN on either side counts as infinite. */
export function maxDiff(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  if (a.length !== b.length) return Infinity;
  let max = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(d)) return Infinity;
    if (d > max) max = d;
  }
  return max;
}
