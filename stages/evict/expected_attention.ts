import { z } from "zod";
import { headEntries } from "../cache/new_cache.ts";
import type { EntryScoreInput } from "./entry_scores.ts";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";
import { liftEntries } from "./lift_entries.ts";

/** Options of `evict.expected-attention`, as in kvpress. */
export const EvictExpectedAttentionOptions = EvictorOptions.extend({
  future: z.int().min(1).default(512).describe(
    "positions behind the chunk over which the queries' rotation is averaged",
  ),
  sinks: z.int().min(0).default(4).describe(
    "first positions, lead included, that stay and whose queries do not count",
  ),
  covariance: z.boolean().default(true).describe(
    "use the queries' covariance, not their mean alone",
  ),
  valueNorm: z.boolean().default(true).describe(
    "multiply by the norm of the value",
  ),
  epsilon: z.number().min(0).default(0).describe(
    "added to the attention before it is multiplied",
  ),
});

/**
 * Expected attention (arXiv 2510.00636; ExpectedAttentionPress of kvpress): future queries are taken as Gaussian with
 * the mean μ and covariance Σ of the chunk's own, turned to the positions behind it. A query head's score is the softmax
 * over entries of k·μ/√d + kᵀΣk/(2d); mean over the KV group, plus `epsilon`, times ‖v‖. Knows nothing of the question.
 *
 * Breaks where the question is unlike the text it is asked about. Computes the chunk again for all of its queries, and
 * headDim² products an entry and head.
 */
export const evictExpectedAttention = defineEvictor({
  name: "evict.expected-attention",
  summary:
    "Keeps the entries that queries like the chunk's own would attend to",
  options: EvictExpectedAttentionOptions,
  needs: ["queries"],
  asks: ({ future, sinks }) => ({ future, skip: sinks }),
  score: (input, out, options) => {
    const { heads, kvHeads, entries, values, headDim } = input;
    const group = heads / kvHeads;
    const expected = new Float64Array(entries); // [entries]
    for (let head = 0; head < heads; head++) {
      const kvHead = Math.floor(head / group);
      expectedAttention(input, head, kvHead, options, expected);
      for (let i = 0; i < entries; i++) {
        out[kvHead * entries + i]! += expected[i]! / group;
      }
    }
    for (let at = 0; options.valueNorm && at < out.length; at++) {
      const value = values.subarray(at * headDim, (at + 1) * headDim); // [headDim]
      const norm = Math.sqrt(value.reduce((sum, v) => sum + v * v, 0));
      out[at] = (out[at]! + options.epsilon) * norm;
    }
    liftEntries(input, out, (position) => position < options.sinks);
  },
});

/** Softmax over the entries behind the sinks; 0 for sinks and padding. */
function expectedAttention(
  input: EntryScoreInput,
  head: number,
  kvHead: number,
  { sinks, covariance }: z.output<typeof EvictExpectedAttentionOptions>,
  out: Float64Array, // [entries]
): void {
  const { keys, entries, headDim, positions } = input;
  const { mean, covariance: all } = input.queries!;
  const mu = mean.subarray(head * headDim, (head + 1) * headDim); // [headDim]
  const sigma = all.subarray(
    head * headDim * headDim,
    (head + 1) * headDim * headDim,
  ); // [headDim, headDim]
  out.fill(-Infinity);
  let top = -Infinity;
  for (let i = 0; i < headEntries(input, kvHead); i++) {
    const at = kvHead * entries + i;
    if (positions[at]! < sinks) continue;
    const key = keys.subarray(at * headDim, (at + 1) * headDim); // [headDim]
    let score = 0;
    for (let a = 0; a < headDim; a++) {
      score += key[a]! * mu[a]! / Math.sqrt(headDim);
      if (!covariance) continue;
      let row = key[a]! * sigma[a * headDim + a]! / 2; // of a symmetric matrix, the half below its diagonal
      for (let b = 0; b < a; b++) row += sigma[a * headDim + b]! * key[b]!;
      score += key[a]! * row / headDim;
    }
    out[i] = score;
    top = Math.max(top, score);
  }
  let total = 0;
  for (let i = 0; i < entries; i++) {
    out[i] = top === -Infinity ? 0 : Math.exp(out[i]! - top);
    total += out[i]!;
  }
  for (let i = 0; total > 0 && i < entries; i++) out[i]! /= total;
}
