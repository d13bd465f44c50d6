import type { ModelConfig } from "../../../io/model_config.ts";
import type { RowQueries } from "../../../kernels/language_model.ts";
import { ropeConfigOf } from "../../../kernels/layers/layer_kind.ts";
import {
  type RopeFactors,
  ropeLength,
} from "../../../kernels/rope/rope_factors.ts";
import { ropeTable } from "../../../kernels/rope/rope.ts";
import type { Need, QueryStatistics } from "./need.ts";

/**
 * Mean and covariance of the chunk's own queries, carried to the positions behind it (arXiv 2510.00636): queries are
 * taken before RoPE, then turned by the mean rotation of those positions. Holds the queries of all rows and layers
 * while it is computed; an earlier eviction changes nothing. A model's own scale of attention is in them; a cap on its
 * scores is not.
 */
export const queries: Need = {
  facets: [],
  ports: ["model"],
  merged: false,
  give: async ({ cache, ids }, { model, amounts, signal }) => {
    const skip = Math.min(amounts.skip, ids!.length - 1);
    const { ropeFactors: factors } = cache;
    const rows = await model.rowQueries(ids!, skip, signal, factors);
    const { config } = model;
    const { headDim, attentionScale } = config;
    return rows.queries.map((given, l) => {
      const rope = ropeConfigOf(config, l);
      const plain = rope ? withoutRotation(rope, rows, l, factors) : given;
      const own = statistics(plain, headDim, rows.rows);
      const turn = rope &&
        meanRotation(rope, ids!.length, amounts.future, factors);
      const carried = turn ? carry(own, turn, headDim) : own;
      return {
        queries: attentionScale === undefined
          ? carried
          : scaled(carried, attentionScale * Math.sqrt(headDim)),
      };
    });
  },
};

/** Statistics of queries that are so many times as large: their scores over √headDim are then those of the model. */
function scaled(
  { mean, covariance }: QueryStatistics,
  scale: number,
): QueryStatistics {
  return {
    mean: mean.map((value) => value * scale),
    covariance: covariance.map((value) => value * scale * scale),
  };
}

/** Cosines and sines averaged over positions, by rotated pair. */
export interface MeanRotation {
  readonly cos: Float64Array; // [ropeDim / 2]
  readonly sin: Float64Array; // [ropeDim / 2]
}

/** The mean of RoPE's rotations over the positions `[from, from + count)`. */
export function meanRotation(
  config: ModelConfig,
  from: number,
  count: number,
  factors?: RopeFactors,
): MeanRotation {
  const half = config.ropeDim / 2;
  const length = ropeLength(config, factors, from + count);
  const table = ropeTable(config, from, count, length);
  const mean = (values: Float32Array) => {
    const sums = new Float64Array(half); // [ropeDim / 2]
    for (const [at, value] of values.entries()) sums[at % half]! += value;
    return sums.map((sum) => sum / count);
  };
  return { cos: mean(table.cos), sin: mean(table.sin) };
}

/** Query vectors as they were before RoPE. */
export function withoutRotation(
  config: ModelConfig,
  { from, rows, queries }: RowQueries,
  layer: number,
  factors?: RopeFactors,
): Float32Array {
  const { headDim, ropeDim } = config;
  const half = ropeDim / 2;
  const length = ropeLength(config, factors, from + rows);
  const table = ropeTable(config, from, rows, length);
  const plain = queries[layer]!.slice(); // [heads, rows, headDim]
  for (let at = 0; at < plain.length; at += headDim) {
    const row = (at / headDim % rows) * half;
    for (let i = 0; i < half; i++) {
      const [cos, sin] = [table.cos[row + i]!, table.sin[row + i]!];
      const size = cos * cos + sin * sin; // 1, or the square of YaRN's factor
      const [a, b] = [plain[at + i]!, plain[at + half + i]!];
      plain[at + i] = (a * cos + b * sin) / size;
      plain[at + half + i] = (b * cos - a * sin) / size;
    }
  }
  return plain;
}

/** Mean and covariance over rows, by head. */
export function statistics(
  queries: Float32Array, // [heads, rows, headDim]
  headDim: number,
  rows: number,
): QueryStatistics {
  const heads = queries.length / (rows * headDim);
  const mean = new Float32Array(heads * headDim); // [heads, headDim]
  const covariance = new Float32Array(heads * headDim * headDim); // [heads, headDim, headDim]
  const sum = new Float64Array(headDim);
  const products = new Float64Array(headDim * headDim);
  const centred = new Float64Array(headDim);
  for (let head = 0; head < heads; head++) {
    const start = head * rows * headDim;
    sum.fill(0);
    products.fill(0);
    for (let at = 0; at < rows * headDim; at++) {
      sum[at % headDim]! += queries[start + at]!;
    }
    for (let d = 0; d < headDim; d++) sum[d]! /= rows;
    mean.set(sum, head * headDim);
    for (let row = 0; row < rows; row++) {
      for (let d = 0; d < headDim; d++) {
        centred[d] = queries[start + row * headDim + d]! - sum[d]!;
      }
      for (let a = 0; a < headDim; a++) {
        const left = centred[a]!;
        for (let b = 0; b <= a; b++) {
          products[a * headDim + b]! += left * centred[b]!;
        }
      }
    }
    const out = covariance.subarray(head * headDim * headDim);
    for (let a = 0; a < headDim; a++) {
      for (let b = 0; b <= a; b++) {
        const value = products[a * headDim + b]! / rows;
        out[a * headDim + b] = value;
        out[b * headDim + a] = value;
      }
    }
  }
  return { mean, covariance };
}

/** R·mean and R·covariance·Rᵀ with the mean rotation R. */
export function carry(
  { mean, covariance }: QueryStatistics,
  turn: MeanRotation,
  headDim: number,
): QueryStatistics {
  const carried = { mean: mean.slice(), covariance: covariance.slice() };
  for (let at = 0; at < mean.length; at += headDim) {
    rotate(carried.mean, at, 1, turn);
  }
  for (let at = 0; at < covariance.length; at += headDim * headDim) {
    for (let i = 0; i < headDim; i++) {
      rotate(carried.covariance, at + i * headDim, 1, turn);
    }
    for (let i = 0; i < headDim; i++) {
      rotate(carried.covariance, at + i, headDim, turn);
    }
  }
  return carried;
}

/** Turns one vector in place: its numbers lie `step` apart. */
function rotate(
  values: Float32Array,
  at: number,
  step: number,
  { cos, sin }: MeanRotation,
): void {
  const half = cos.length;
  for (let i = 0; i < half; i++) {
    const [first, second] = [at + i * step, at + (half + i) * step];
    const [a, b] = [values[first]!, values[second]!];
    values[first] = a * cos[i]! - b * sin[i]!;
    values[second] = b * cos[i]! + a * sin[i]!;
  }
}
