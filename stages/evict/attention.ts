import { z } from "zod";
import type { EntryScoreInput } from "./entry_scores.ts";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";
import { countVotesInGraph } from "./vote_kernel.ts";
import { countVotes, voteOptions } from "./votes.ts";

/** Options of `evict.attention`; the paper's rule is rows 8, pool 7, reduce sum, share none. */
export const EvictAttentionOptions = EvictorOptions.extend({
  rows: z.union([z.literal("question"), z.int().min(1)]).default("question")
    .describe(
      "which rows vote: all of the question with the template around it, or its last n",
    ),
  ...voteOptions({ pool: 31, pooling: "max", reduce: "sum" }),
});

const spec = {
  name: "evict.attention",
  summary: "Keeps the entries that the question attends to most",
  options: EvictAttentionOptions,
  needs: ["attention"],
  rows: ({ rows }) => rows === "question" ? Infinity : rows,
  score: scoreByAttention,
  kernel: (g, input, options) =>
    countVotesInGraph(g, input, input.attention!, options),
} satisfies EvictorSpec<typeof EvictAttentionOptions>;

/**
 * Votes of the question (paper eq. 5–7): softmax attention summed over its rows and over the query heads of a KV
 * group, then max-pooled per layer and KV head over the entries that head holds. SnapKV (arXiv 2404.14469) with the
 * question as its window is `pooling: average, pool: 5, reduce: mean`; FINCH of kvpress the same with `pool: 1`.
 *
 * Breaks where the answer is reached over a second fact that the question does not name.
 */
export const evictAttention = defineEvictor(spec);

/** `evict.attention` over the merged context. */
export const evictAttentionMerged = defineMergedEvictor(spec);

/** The rule of `evict.attention` for one layer. */
export function scoreByAttention(
  input: EntryScoreInput,
  out: Float32Array, // [kvHeads, entries]
  options: z.output<typeof EvictAttentionOptions>,
): void {
  countVotes(input, input.attention!, out, options);
}
