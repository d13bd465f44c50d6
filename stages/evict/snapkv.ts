import { z } from "zod";
import { averagePool } from "./average_pool.ts";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";
import { liftEntries } from "./lift_entries.ts";
import { reduceGroups } from "./reduce_groups.ts";
import { headEntries } from "../cache/new_cache.ts";

/** Options of `evict.snapkv`: window and pool as in kvpress. */
export const EvictSnapKvOptions = EvictorOptions.extend({
  window: z.int().min(1).default(64).describe(
    "last rows of the chunk that vote; their own entries stay",
  ),
  pool: z.int().min(1).default(5).refine((width) => width % 2 === 1, {
    error: "must be odd",
  }).describe("width of the average-pool over neighbouring entries; 1 is off"),
});

/**
 * SnapKV (arXiv 2404.14469; SnapKVPress of kvpress) without a question: mean attention of the chunk's last rows,
 * average-pooled, mean over the query heads of a KV group; the window itself stays. With the question as the window
 * it is `evict.attention` with `pooling: average, pool: 5, reduce: mean`.
 *
 * Breaks where the chunk's end has nothing to do with what is asked, and where fewer entries are kept than the window
 * has. Computes the chunk again for the queries of its rows.
 */
export const evictSnapKv = defineEvictor({
  name: "evict.snapkv",
  summary: "Keeps the entries that the chunk's last rows attend to most",
  options: EvictSnapKvOptions,
  needs: ["attention:recent"],
  asks: ({ window }) => ({ recent: window }),
  score: (input, out, { window, pool }) => {
    const { kvHeads, entries, positions, length } = input;
    reduceGroups({ ...input, attention: input.recent! }, out, "mean");
    const first = length - window; // position of the window
    for (let head = 0; head < kvHeads; head++) {
      const from = head * entries;
      let end = from + headEntries(input, head);
      while (end > from && positions[end - 1]! >= first) end--;
      const before = out.subarray(from, end); // [entries before the window]
      before.set(averagePool(before, pool));
    }
    for (let i = 0; i < out.length; i++) out[i]! /= Math.min(window, length);
    liftEntries(input, out, (position) => position >= first);
  },
});
