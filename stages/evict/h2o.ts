import { z } from "zod";
import { defineEvictor } from "./evictor.ts";
import { EvictorOptions } from "./evictor_options.ts";
import { reduceGroups } from "./reduce_groups.ts";

/** Options of `evict.h2o`. */
export const EvictH2oOptions = EvictorOptions.extend({
  average: z.boolean().default(true).describe(
    "divide by the rows that see an entry, as kvpress does; false: the paper's sum, which favours early entries",
  ),
});

/**
 * Heavy hitters: attention that an entry receives from the chunk's own rows, mean over the query heads of a KV group
 * (H2O, arXiv 2306.14048, whose greedy rule runs while decoding; ObservedAttentionPress of kvpress at once, over the
 * rows that see the entry). The paper keeps the most recent entries beside them: `protect: { recent: … }`.
 *
 * Breaks at the chunk's end, where the mean is over a few rows that look at their neighbours, and on what matters to
 * the question alone. Computes the chunk again, and holds the queries of all its rows and layers meanwhile.
 */
export const evictH2o = defineEvictor({
  name: "evict.h2o",
  summary: "Keeps the entries that the chunk itself attends to most",
  options: EvictH2oOptions,
  needs: ["attention:received"],
  score: (input, out, { average }) => {
    reduceGroups({ ...input, attention: input.received! }, out, "mean");
    if (!average) return;
    const { positions, length } = input;
    for (let at = 0; at < out.length; at++) out[at]! /= length - positions[at]!;
  },
});
