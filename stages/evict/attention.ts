import { z } from "zod";
import type { EntryScoreInput } from "./entry_scores.ts";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";
import { maxPool } from "./max_pool.ts";
import { headEntries } from "../cache/new_cache.ts";
import { reduceGroups } from "./reduce_groups.ts";

/** Options of `evict.attention`; the paper's rule is rows 8, pool 7, reduce sum, share none. */
export const EvictAttentionOptions = EvictorOptions.extend({
  rows: z.union([z.literal("question"), z.int().min(1)]).default("question")
    .describe(
      "which rows vote: all of the question with the template around it, or its last n",
    ),
  pool: z.int().min(1).default(31).refine((width) => width % 2 === 1, {
    error: "must be odd",
  }).describe("width of the max-pool over neighbouring entries; 1 is off"),
  reduce: z.enum(["sum", "mean", "max"]).default("sum").describe(
    "over the query heads of a KV group",
  ),
});

/**
 * Votes of the question (paper eq. 5–7): softmax attention summed over its rows and over the query heads of a KV
 * group, then max-pooled per layer and KV head over the entries that head holds.
 */
export const evictAttention = defineEvictor({
  name: "evict.attention",
  summary: "Keeps the entries that the question attends to most",
  options: EvictAttentionOptions,
  needs: ["attention"],
  rows: ({ rows }) => rows === "question" ? Infinity : rows,
  score: scoreByAttention,
});

/** The rule of `evict.attention` for one layer. */
export function scoreByAttention(
  input: EntryScoreInput,
  out: Float32Array, // [kvHeads, entries]
  { reduce, pool }: z.output<typeof EvictAttentionOptions>,
): void {
  const { kvHeads, entries, attention } = input;
  reduceGroups({ ...input, attention: attention! }, out, reduce);
  for (let head = 0; head < kvHeads; head++) {
    const from = head * entries;
    const held = out.subarray(from, from + headEntries(input, head)); // [held]
    held.set(maxPool(held, pool));
  }
}
