import { of } from "rxjs";
import { z } from "zod";
import { owning } from "../core/owning.ts";
import { single } from "../core/port.ts";
import { defineStage } from "../core/stage.ts";
import { Arena } from "../kernels/cache/arena.ts";
import { int8Cache } from "../kernels/cache/int8_cache.ts";
import {
  leasedBytes,
  replaceMergedCache,
  sayBytes,
} from "./cache/merged_context.ts";
import { MergedContext } from "./types.ts";
import { withHostCache } from "../kernels/cache/resident_cache.ts";
import { withSingles } from "./with_singles.ts";

/** Options of `quantise.int8`: none. */
export const QuantiseOptions = z.strictObject({});

/**
 * The merged cache in 8 bits (KIVI, arXiv 2402.02750, which goes down to 2): keys with a scale a KV head and channel,
 * because a few channels of keys are large in every entry, values with a scale an entry; scale = most absolute value /
 * 127, and a number is off by half a scale at most. Memory and lease fall to a quarter and the scales. Decoding reads it
 * as it is: key scales go into the query, value scales into the probabilities. With the bundled model, 800 entries take
 * 0.26 of their bytes, and 100 of the 100 next tokens behind them stay the same.
 *
 * It comes last before `decode`: what reads floats (evictors and calibrators of the merged cache) lacks the facet `fp32`
 * behind it and is refused when the graph is loaded. It breaks where one entry's key is far larger than all others, which
 * then have few steps left; KIVI bounds that by groups of entries. Decoding runs in a session of its own, with a copy
 * of the weights beside that of `requery`: it is for caches that are large against the weights. For every token one layer
 * after the other becomes floats, which took no longer than reading floats (bundled model, 1,400 entries).
 */
export const quantiseInt8 = defineStage({
  name: "quantise.int8",
  summary: "The merged cache in 8 bits: a quarter of its memory",
  inputs: { context: single(MergedContext, { needs: ["fp32"] }) },
  outputs: { context: single(MergedContext, { gives: ["int8"] }) },
  options: QuantiseOptions,
  run: (inputs, _options, ctx) => ({
    context: withSingles(
      inputs,
      ({ context }) =>
        of(context).pipe(owning(ctx.node, 1, async (context, signal) => {
          const before = leasedBytes(context);
          const cache = await withHostCache(
            context.cache,
            (host) => Promise.resolve(int8Cache(new Arena(), host)),
            signal,
          );
          const small = await replaceMergedCache(context, cache, {
            ...ctx,
            signal,
          });
          sayBytes(ctx, before, leasedBytes(small));
          return small;
        })),
    ),
  }),
});
