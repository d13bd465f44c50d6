import { z } from "zod";
import { headEntries } from "../cache/new_cache.ts";
import { averagePool } from "./average_pool.ts";
import type { EntryScoreInput } from "./entry_scores.ts";
import { maxPool } from "./max_pool.ts";
import { reduceGroups } from "./reduce_groups.ts";

/** How attention becomes votes. */
export interface VoteOptions {
  /** Width of the pool; 1 is off. */
  readonly pool: number;
  readonly pooling: "max" | "average";
  readonly reduce: "sum" | "mean" | "max" | "defensive";
}

/** Options of a rule that counts votes, with its defaults. */
export function voteOptions(defaults: VoteOptions) {
  return {
    pool: z.int().min(1).default(defaults.pool).refine(
      (width) => width % 2 === 1,
      { error: "must be odd" },
    ).describe("width of the pool over neighbouring entries; 1 is off"),
    pooling: z.enum(["max", "average"]).default(defaults.pooling).describe(
      "what an entry takes of its neighbours",
    ),
    reduce: z.enum(["sum", "mean", "max", "defensive"])
      .default(defaults.reduce).describe(
        "over the query heads of a KV group; defensive: the largest, and none below the mean of the head",
      ),
  };
}

/**
 * Attention as one score an entry: reduced over the query heads of its KV group, then pooled over the entries that the
 * head holds. `defensive` is the worst-case rule of DefensiveKV (arXiv 2510.13334) on attention that is summed over
 * rows already: the largest over heads, floored at its mean over entries, so that sharing and allocation across heads
 * see no difference among what no head looks at.
 */
export function countVotes(
  input: Pick<
    EntryScoreInput,
    "heads" | "kvHeads" | "entries" | "counts"
  >,
  attention: Float32Array, // [heads, entries]
  out: Float32Array, // [kvHeads, entries]
  { pool, pooling, reduce }: VoteOptions,
): void {
  const { kvHeads, entries } = input;
  const over = reduce === "defensive" ? "max" : reduce;
  reduceGroups({ ...input, attention }, out, over);
  for (let head = 0; head < kvHeads; head++) {
    const from = head * entries;
    const held = out.subarray(from, from + headEntries(input, head)); // [held]
    held.set(pooling === "max" ? maxPool(held, pool) : averagePool(held, pool));
    if (reduce !== "defensive") continue;
    const mean = held.reduce((sum, vote) => sum + vote, 0) / held.length;
    for (let i = 0; i < held.length; i++) held[i] = Math.max(held[i]!, mean);
  }
}
