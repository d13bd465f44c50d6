import type { ModelConfig, RopeScaling } from "../../io/model_config.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** Cosines and sines of a range of positions. */
export interface RopeTable {
  readonly cos: Float32Array; // [positions, ropeDim / 2]
  readonly sin: Float32Array; // [positions, ropeDim / 2]
}

/**
 * The table of positions `[from, from + count)`; arithmetic in fp32 as the reference implementations do.
 *
 * @param length Positions of the pass, where scaling follows them.
 */
export function ropeTable(
  config: ModelConfig,
  from: number,
  count: number,
  length = from + count,
): RopeTable {
  const { frequencies, scale } = ropeFrequencies(config, length);
  const half = frequencies.length;
  const cos = new Float32Array(count * half); // [positions, ropeDim / 2]
  const sin = new Float32Array(count * half); // [positions, ropeDim / 2]
  for (let p = 0; p < count; p++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround((from + p) * frequencies[i]!);
      cos[p * half + i] = Math.cos(angle) * scale;
      sin[p * half + i] = Math.sin(angle) * scale;
    }
  }
  return { cos, sin };
}

/** Inverse frequencies after scaling, and the factor on cosines and sines (YaRN's attention factor). */
export function ropeFrequencies(
  config: ModelConfig,
  length: number,
): { readonly frequencies: Float32Array; readonly scale: number } {
  const { ropeScaling: scaling, ropeDim: dim } = config;
  const plain = inverseFrequencies(config.ropeTheta, dim); // [ropeDim / 2]
  switch (scaling.type) {
    case "none":
      return { frequencies: plain, scale: 1 };
    case "linear":
      return { frequencies: plain.map((f) => f / scaling.factor), scale: 1 };
    case "factors":
      return {
        frequencies: plain.map((f, i) => f / scaling.factors[i]!),
        scale: 1,
      };
    case "longrope": {
      const factors = length > scaling.originalWindow
        ? scaling.long
        : scaling.short; // [ropeDim / 2]
      return {
        frequencies: plain.map((f, i) => f / factors[i]!),
        scale: scaling.attentionFactor,
      };
    }
    case "dynamic": {
      if (length <= scaling.originalWindow) {
        return { frequencies: plain, scale: 1 };
      }
      const stretch = scaling.factor * length / scaling.originalWindow -
        (scaling.factor - 1);
      const base = config.ropeTheta * stretch ** (dim / (dim - 2));
      return { frequencies: inverseFrequencies(base, dim), scale: 1 };
    }
    case "llama3":
      return {
        frequencies: plain.map((f) => llama3(f, scaling)),
        scale: 1,
      };
    case "yarn":
      return yarn(plain, config.ropeTheta, dim, atLength(scaling, length));
  }
}

/** Rotates the heads of `x`; `table.rows` says which row of the table turns which row of `x`. */
export function rotary(
  g: GraphBuilder,
  x: Value, // [batch, rows, heads · headDim]
  table: { readonly cos: Value; readonly sin: Value; readonly rows: Value },
  config: ModelConfig,
  heads: number,
): Value {
  const partial = config.ropeDim < config.headDim;
  return g.op("RotaryEmbedding", [x, table.rows, table.cos, table.sin], {
    num_heads: heads,
    rotary_embedding_dim: partial ? config.ropeDim : 0,
  }); // [batch, rows, heads · headDim]
}

function inverseFrequencies(theta: number, dim: number): Float32Array {
  return Float32Array.from(
    { length: dim / 2 },
    (_, i) => 1 / Math.fround(theta ** (2 * i / dim)),
  ); // [ropeDim / 2]
}

/** Llama 3.1's piecewise scaling: long waves are stretched, short ones kept, the middle blended. */
function llama3(
  frequency: number,
  s: Extract<RopeScaling, { type: "llama3" }>,
): number {
  const wavelength = 2 * Math.PI / frequency;
  if (wavelength < s.originalWindow / s.highFreqFactor) return frequency;
  if (wavelength > s.originalWindow / s.lowFreqFactor) {
    return frequency / s.factor;
  }
  const smooth = (s.originalWindow / wavelength - s.lowFreqFactor) /
    (s.highFreqFactor - s.lowFreqFactor);
  return (1 - smooth) * frequency / s.factor + smooth * frequency;
}

/** The scaling with the factor that so many positions ask for. */
function atLength(
  s: Extract<RopeScaling, { type: "yarn" }>,
  length: number,
): Extract<RopeScaling, { type: "yarn" }> {
  if (!s.byLength) return s;
  return { ...s, factor: Math.max(s.factor, length / s.originalWindow) };
}

/** YaRN (arXiv 2309.00071): interpolates low frequencies, keeps high ones, ramps between. */
function yarn(
  plain: Float32Array, // [ropeDim / 2]
  theta: number,
  dim: number,
  s: Extract<RopeScaling, { type: "yarn" }>,
): { frequencies: Float32Array; scale: number } {
  const boundary = (rotations: number) =>
    dim * Math.log(s.originalWindow / (rotations * 2 * Math.PI)) /
    (2 * Math.log(theta));
  const low = Math.max(Math.floor(boundary(s.betaFast)), 0);
  const high = Math.min(Math.ceil(boundary(s.betaSlow)), dim - 1);
  const width = Math.max(high - low, 0.001);
  const frequencies = plain.map((f, i) => {
    const ramp = Math.min(Math.max((i - low) / width, 0), 1);
    return f / s.factor * ramp + f * (1 - ramp);
  }); // [ropeDim / 2]
  return { frequencies, scale: s.attentionFactor ?? yarnScale(s) };
}

function yarnScale(s: Extract<RopeScaling, { type: "yarn" }>): number {
  const scale = (mscale: number) =>
    s.factor <= 1 ? 1 : 0.1 * mscale * Math.log(s.factor) + 1;
  return s.mscale && s.mscaleAllDim
    ? scale(s.mscale) / scale(s.mscaleAllDim)
    : scale(1);
}
