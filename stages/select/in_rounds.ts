import type { OperatorFunction } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import type { StageContext } from "../../core/stage.ts";
import type { KvChunk } from "../types.ts";
import { gatherBest, KeepOption, sayOf } from "./best_chunks.ts";

/** Options of every stage that chooses one chunk after another. */
export const RoundsOptions = z.strictObject({
  n: z.int().min(1).default(3).describe("chunks that are kept"),
  rounds: z.union([z.int().min(0), z.literal("all")]).default("all").describe(
    "how often those left are scored again; places that are free then go by the last scores",
  ),
  candidates: z.union([z.int().min(1), z.literal("all")]).default("all")
    .describe(
      "chunks that are held, the best by their first score: their KV stays in memory until all have come",
    ),
  keep: KeepOption,
});

/** Scores the chunks that are left, given those that were chosen, in the order of their choice; high is good. */
export type ScoreNext = (
  chosen: readonly KvChunk[],
  left: readonly KvChunk[],
  signal: AbortSignal,
) => readonly number[] | Promise<readonly number[]>;

/**
 * Chooses chunks one after another: the first by its score, every other by what `begin` says of those left. Equal
 * ones keep the order they had. What is chosen leaves in the document's order, what is not is released at the end.
 *
 * @param stage Its name, for messages.
 * @param begin Called once with all candidates, the best first.
 */
export function chooseInRounds(
  stage: string,
  { n, rounds, candidates, keep }: z.output<typeof RoundsOptions>,
  ctx: StageContext,
  begin: (all: readonly KvChunk[]) => ScoreNext,
): OperatorFunction<KvChunk, KvChunk> {
  const limit = candidates === "all" ? "all" : Math.max(candidates, n);
  const last = rounds === "all" ? Infinity : rounds;
  const choose = async (all: readonly KvChunk[], signal: AbortSignal) => {
    const score = begin(all);
    let left = all;
    const chosen: KvChunk[] = [];
    for (let round = 0; left.length > 0 && chosen.length < n; round++) {
      const open = left.length > n - chosen.length;
      if (open && round > 0 && round <= last) {
        left = byScore(left, await score(chosen, left, signal));
        signal.throwIfAborted();
      }
      chosen.push(left[0]!);
      left = left.slice(1);
    }
    for (const chunk of left) sayOf("dropped", chunk, ctx);
    for (const chunk of left) chunk.release();
    chosen.sort((a, b) => a.chunk.index - b.chunk.index);
    for (const chunk of chosen) sayOf("kept", chunk, ctx);
    return chosen;
  };
  return (source) =>
    source.pipe(
      gatherBest({ limit, keep, stage }, ctx),
      owning(ctx.node, 1, choose),
    );
}

function byScore(
  chunks: readonly KvChunk[],
  scores: readonly number[],
): KvChunk[] {
  return chunks.map((chunk, i) => ({ chunk, score: scores[i]! }))
    .sort((a, b) => b.score - a.score).map(({ chunk }) => chunk);
}
