import { of } from "rxjs";
import { owning } from "../../core/owning.ts";
import { Arena } from "../../kernels/arena.ts";
import { single } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { Allocator } from "../allocate/allocator.ts";
import { lastRowsAttention } from "./entry_scores.ts";
import { EvictAttentionOptions, scoreByAttention } from "./attention.ts";
import { evictEntries, longestHead } from "./evict_entries.ts";
import { keepCount } from "./evictor_options.ts";
import { replaceMergedCache } from "../cache/merged_context.ts";
import { MergedContext, Model, Prompt } from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";

/**
 * The votes of `evict.attention` over the merged cache (the paper's "KV cache eviction", as opposed to the parallel
 * one inside chunks): `keep.entries` counts for every kept chunk, so that the total is entries × chunks. What the
 * context says about each chunk's entries stays as merge left it.
 */
export const evictAttentionMerged = defineStage({
  name: "evict.attention-merged",
  summary:
    "Keeps the entries of the merged cache that the question attends to most",
  inputs: {
    context: single(MergedContext),
    prompt: single(Prompt),
    model: single(Model),
    allocator: single(Allocator, { optional: true }),
  },
  outputs: { context: single(MergedContext) },
  options: EvictAttentionOptions,
  run: (inputs, options, ctx) => ({
    context: withSingles(
      { ...inputs, allocator: optional(inputs.allocator) },
      ({ context, prompt, model, allocator }) =>
        of(context).pipe(owning(ctx.node, 1, async (context, signal) => {
          const { cache, position, kept } = context;
          const entries = longestHead(cache);
          const each = keepCount(options, entries);
          const budget = "share" in options.keep ? each : each * kept.length;
          if (budget >= entries && !allocator) return context;
          const [question] = await model.requery(
            [{ cache, position }],
            prompt.tail,
            signal,
          );
          const rows = options.rows === "question" ? Infinity : options.rows;
          const evicted = evictEntries(
            scoreByAttention,
            {
              cache,
              lead: prompt.lead.length,
              chunk: 0,
              attention: await lastRowsAttention(
                model,
                cache,
                question!,
                { rows },
                signal,
              ),
            },
            options,
            { budget, arena: new Arena(), allocator },
          );
          return evicted === cache
            ? context
            : await replaceMergedCache(context, evicted, { ...ctx, signal });
        })),
    ),
  }),
});
