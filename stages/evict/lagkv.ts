import { z } from "zod";
import { headEntries } from "../cache/new_cache.ts";
import type { EntryScoreInput } from "./entry_scores.ts";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";

/** Options of `evict.lagkv`, as in kvpress. */
export const EvictLagKvOptions = EvictorOptions.extend({
  sinks: z.int().min(0).default(4).describe(
    "first entries, lead included, that stay and are in no partition",
  ),
  lag: z.int().min(2).default(128).describe("entries in a partition"),
  cross: z.boolean().default(false).describe(
    "compare scores between partitions; false: every partition keeps the same share",
  ),
});

/**
 * LagKV (arXiv 2504.04704; LagKVPress of kvpress): every partition of `lag` entries is scaled to the range that each
 * channel has in the next partition; an entry's score is the standard deviation over its channels, softmax within the
 * partition, mean of keys and values, and its rank within the partition. Sinks, the last full partition and what
 * follows it stay. Fewer than sinks + 2 · lag entries are kept by recency. Knows nothing of the question.
 *
 * Breaks on chunks that are short beside `lag`, where it is a sliding window, and where fewer entries are kept than
 * the last partitions hold. After an earlier eviction partitions are of the entries that are left.
 */
export const evictLagKv = defineEvictor({
  name: "evict.lagkv",
  summary: "Keeps the entries that stand out from what follows them",
  options: EvictLagKvOptions,
  score: (input, out, options) => {
    for (let head = 0; head < input.kvHeads; head++) {
      const from = head * input.entries;
      const held = out.subarray(from, from + headEntries(input, head)); // [held]
      scoreHead(input, from, held, options);
    }
  },
});

function scoreHead(
  { keys, values, headDim }: EntryScoreInput,
  from: number,
  out: Float32Array, // [held]
  { sinks, lag, cross }: z.output<typeof EvictLagKvOptions>,
): void {
  const held = out.length;
  if (held < sinks + 2 * lag) {
    out.forEach((_, i) =>
      out[i] = i < sinks ? 1 : (i - sinks) / (held - sinks)
    );
    return;
  }
  out.fill(1);
  for (let at = sinks; at + 2 * lag <= held; at += lag) {
    const first = (from + at) * headDim;
    const end = first + 2 * lag * headDim;
    const byKey = spread(keys.subarray(first, end), lag, headDim); // [lag]
    const byValue = spread(values.subarray(first, end), lag, headDim); // [lag]
    const scores = byKey.map((key, i) => (key + byValue[i]!) / 2); // [lag]
    out.set(cross ? scores : ranks(scores), at);
  }
}

/** Softmax over a partition of the deviation that each entry has when scaled to the range of the next partition. */
function spread(
  states: Float32Array, // [2 · lag, headDim]
  lag: number,
  headDim: number,
): Float64Array {
  const least = new Float64Array(headDim).fill(Infinity); // [headDim]
  const most = new Float64Array(headDim).fill(-Infinity); // [headDim]
  for (let i = lag; i < 2 * lag; i++) {
    for (let d = 0; d < headDim; d++) {
      const value = states[i * headDim + d]!;
      if (value < least[d]!) least[d] = value;
      if (value > most[d]!) most[d] = value;
    }
  }
  const deviations = new Float64Array(lag); // [lag]
  const scaled = new Float64Array(headDim); // [headDim]
  for (let i = 0; i < lag; i++) {
    for (let d = 0; d < headDim; d++) {
      const range = most[d]! - least[d]!;
      const value = states[i * headDim + d]! - least[d]!;
      scaled[d] = range === 0 ? 0 : value / range;
    }
    deviations[i] = deviation(scaled);
  }
  const top = deviations.reduce((a, b) => Math.max(a, b));
  const weights = deviations.map((value) => Math.exp(value - top)); // [lag]
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

/** Standard deviation with n − 1. */
function deviation(values: Float64Array): number {
  let mean = 0;
  for (let d = 0; d < values.length; d++) mean += values[d]! / values.length;
  let sum = 0;
  for (let d = 0; d < values.length; d++) sum += (values[d]! - mean) ** 2;
  return Math.sqrt(sum / Math.max(values.length - 1, 1));
}

/** Place of every score in ascending order, as a share. */
function ranks(scores: Float64Array): Float64Array {
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
  const ranked = new Float64Array(scores.length); // [lag]
  for (const [rank, i] of order.entries()) ranked[i] = rank / scores.length;
  return ranked;
}
