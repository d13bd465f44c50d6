import { defer, tap } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { KvChunk } from "../types.ts";
import { gatherBest, KeepOption, sayOf } from "./best_chunks.ts";
import { medianDeviation } from "./median.ts";

/** Options of `select.gap`. */
export const SelectGapOptions = z.strictObject({
  least: z.int().min(1).default(1).describe("chunks that are kept anyway"),
  most: z.int().min(1).default(3).describe("chunks that are kept at most"),
  gap: z.number().min(0).default(4).describe(
    "how far behind the best score a further chunk may lie, in spreads of all scores (median absolute deviation)",
  ),
  keep: KeepOption,
});

/**
 * Keeps as many chunks as the scores call for: the `least` best, and each next one, up to `most`, while its score lies
 * no further behind the best one than `gap` times the median absolute deviation of all chunks' scores. One chunk that
 * stands out stays alone; where none does, `most` stay. The queue holds `most` chunks, of all others the score alone.
 *
 * It breaks where there are few chunks, whose deviation says little (of two it is half their difference: both stay
 * from `gap: 2` on, one below), and where more than half of the scores are equal, for then it is 0.
 */
export const selectGap = defineStage({
  name: "select.gap",
  summary: "Keeps the best chunks up to the first that falls behind",
  inputs: { chunks: stream(KvChunk, { needs: ["score"] }) },
  outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
  options: SelectGapOptions,
  stops: "only kept chunks are evicted",
  run: (inputs, { least, most, gap, keep }, ctx) => ({
    chunks: defer(() => {
      const scores: number[] = [];
      const limit = Math.max(least, most);
      return inputs.chunks.pipe(
        tap(({ score }) => scores.push(score ?? NaN)),
        gatherBest({ limit, keep, stage: "select.gap" }, ctx),
        owning(ctx.node, 1, (best) => {
          const count = countBeforeGap(
            best.map(({ score }) => score!),
            gap * medianDeviation(scores),
          );
          const kept = best.slice(0, Math.max(least, count))
            .sort((a, b) => a.chunk.index - b.chunk.index);
          for (const chunk of best.slice(Math.max(least, count))) {
            sayOf("dropped", chunk, ctx);
            chunk.release();
          }
          for (const chunk of kept) sayOf("kept", chunk, ctx);
          return kept;
        }),
      );
    }),
  }),
});

/** How many scores, the best first, lie no further than `room` from it. */
function countBeforeGap(best: readonly number[], room: number): number {
  const first = best.findIndex((score) => Math.abs(score - best[0]!) > room);
  return first < 0 ? best.length : first;
}
