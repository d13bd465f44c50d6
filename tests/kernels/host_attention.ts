import type { KvLayer, Tempering } from "../../kernels/cache/kv_cache.ts";
import { seenScores } from "./host_scores.ts";

/** How a model weighs keys, and what of them the rows of a layer see. */
export interface Sight {
  readonly scale?: number;
  readonly cap?: number;
  readonly sliding?: number;
  /** Of the first row. */
  readonly position?: number;
}

/** Naive softmax attention of question rows over a layer's entries and, causally, the question's own keys. */
export function hostAttention(
  layer: KvLayer,
  queries: Float32Array, // [heads, rows, headDim]
  tailKeys: Float32Array, // [kvHeads, rows, headDim]
  shape: { heads: number; kvHeads: number; headDim: number; rows: number },
  tempering?: Tempering,
  sight: Sight = {},
): Float32Array {
  const { scale, cap, sliding = Infinity, position = 0 } = sight;
  const { heads, kvHeads, headDim, rows } = shape;
  const { entries, keys, counts } = layer;
  const result = new Float32Array(heads * rows * entries); // [heads, rows, entries]
  const dot = (a: Float32Array, i: number, b: Float32Array, j: number) => {
    let sum = 0;
    for (let d = 0; d < headDim; d++) {
      sum += a[i * headDim + d]! * b[j * headDim + d]!;
    }
    const score = sum * (scale ?? 1 / Math.sqrt(headDim));
    return cap ? cap * Math.tanh(score / cap) : score;
  };
  for (let h = 0; h < heads; h++) {
    const kv = Math.floor(h / (heads / kvHeads));
    const real = counts?.[kv] ?? entries;
    for (let r = 0; r < rows; r++) {
      const row = h * rows + r;
      const raw = Array.from(
        { length: real },
        (_, j) => {
          const at = kv * entries + j;
          return position + r - layer.positions[at]! < sliding
            ? dot(queries, row, keys, at)
            : -Infinity;
        },
      );
      const scores = seenScores(raw, layer, kv, tempering);
      for (let j = Math.max(0, r - sliding + 1); j <= r; j++) {
        scores.push(dot(queries, row, tailKeys, kv * rows + j));
      }
      const max = Math.max(...scores);
      const exps = scores.map((s) => Math.exp(s - max));
      const total = exps.reduce((a, b) => a + b, 0);
      for (let j = 0; j < real; j++) {
        result[row * entries + j] = exps[j]! / total;
      }
    }
  }
  return result;
}
