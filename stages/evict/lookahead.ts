import { z } from "zod";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { defineMergedEvictor } from "./merged_evictor.ts";
import { countVotes, voteOptions } from "./votes.ts";

/** Options of `evict.lookahead`: pool and reduction as in SpecPrefill. */
export const EvictLookaheadOptions = EvictorOptions.extend({
  tokens: z.int().min(1).default(8).describe("tokens decoded ahead"),
  question: z.boolean().default(false).describe(
    "let the question's rows vote beside those decoded ahead",
  ),
  ...voteOptions({ pool: 13, pooling: "average", reduce: "max" }),
});

const spec = {
  name: "evict.lookahead",
  summary: "Keeps the entries that a guess of the answer attends to most",
  options: EvictLookaheadOptions,
  needs: ["lookahead"],
  asks: ({ tokens, question }) => ({ tokens, withQuestion: question }),
  score: (input, out, options) =>
    countVotes(input, input.lookahead!, out, options),
} satisfies EvictorSpec<typeof EvictLookaheadOptions>;

/**
 * Votes of tokens decoded greedily behind chunk and question (LAQ, arXiv 2505.20334, which decodes them over an evicted
 * cache; SpecPrefill, arXiv 2502.02789, with a smaller model): attention summed over their rows, the largest over the
 * query heads of a KV group, average-pooled. `share: model` is SpecPrefill's one set for all layers.
 *
 * Breaks where the chunk does not hold the answer: the model makes one up, and its rows vote for what is like it. Costs
 * `tokens` decoding steps a chunk.
 */
export const evictLookahead = defineEvictor(spec);

/** `evict.lookahead` over the merged context. */
export const evictLookaheadMerged = defineMergedEvictor(spec);
