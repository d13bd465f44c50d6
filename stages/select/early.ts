import { defer } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { describeKvChunk } from "../cache/kv_chunk.ts";
import { KvChunk } from "../types.ts";
import { gatherBest, KeepOption, sayOf } from "./best_chunks.ts";
import { EarlyStop } from "./early_stop.ts";
import { inTurn } from "./in_turn.ts";

/** Options of `select.early`. */
export const SelectEarlyOptions = z.strictObject({
  n: z.int().min(1).default(3).describe("chunks that are kept"),
  least: z.int().min(1).default(4).describe(
    "chunks that are read anyway; fewer than n never do",
  ),
  standing: z.int().min(1).default(1).describe(
    "how many of the scores have to stand out",
  ),
  gap: z.number().min(0).default(4).describe(
    "how far they lie from the median of all scores up to then, in spreads of these (median absolute deviation)",
  ),
  nats: z.number().min(0).default(0).describe(
    "how far they lie from it at least, in the unit of the scores",
  ),
  patience: z.int().min(0).default(1).describe(
    "further chunks that are read and do not change what stands out",
  ),
  keep: KeepOption,
});

/**
 * Keeps the best of the chunks that were read, as `select.top` does, and stops reading when the scores say that the
 * rest need not be: `standing` of them lie more than `gap` median absolute deviations, and more than `nats`, on the
 * good side of the median of all up to then, and `patience` further chunks have neither changed that nor come among
 * them. It then leaves its input, so that what computes chunks stops: those that wait are never prefilled, one that
 * is being computed is dropped when it is done. Kept chunks say how many were read (`Answer.read`).
 *
 * Chunks are looked at in the order in which they were to be read (`chunk.order`), and those computed beyond the
 * last are dropped, so that batches and workers change what is computed in vain, not what is kept (but where two scores
 * are as near as the rounding of products of different sizes: seven digits).
 *
 * It breaks where something like the answer comes first: it stands out, and the answer is never read; and where
 * a second chunk is needed that does not stand out. What it costs then is said at `graphs/early.yaml`.
 */
export const selectEarly = defineStage({
  name: "select.early",
  summary: "Keeps the n best chunks, and stops reading when some stand out",
  inputs: { chunks: stream(KvChunk, { needs: ["score"] }) },
  outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
  options: SelectEarlyOptions,
  stops: "only kept chunks are evicted",
  run: (inputs, { n, keep, ...rule }, ctx) => ({
    chunks: defer(() => {
      const least = Math.max(n, rule.least);
      const scores = new EarlyStop({ ...rule, least });
      const enough = (score: number) => scores.add(score);
      return inputs.chunks.pipe(
        inTurn(ctx.node),
        gatherBest({ limit: n, keep, stage: "select.early", enough }, ctx),
        owning(ctx.node, 1, (best) => {
          const kept = best.toSorted((a, b) => a.chunk.index - b.chunk.index)
            .map((chunk) => describeKvChunk(chunk, { read: scores.read }));
          for (const chunk of kept) sayOf("kept", chunk, ctx);
          return kept;
        }),
      );
    }),
  }),
});
