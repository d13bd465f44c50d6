import { map, reduce } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { longestHead } from "../evict/evict_entries.ts";
import { KvChunk } from "../types.ts";
import { Allocator } from "./allocator.ts";
import { fitCounts } from "./fit_counts.ts";

/** Options of `allocate.chunks`. */
export const AllocateChunksOptions = z.strictObject({
  temperature: z.number().gt(0).default(0.3).describe(
    "of the softmax over scores, in their unit: the higher, the more even",
  ),
  least: z.number().min(0).max(1).default(0.5).describe(
    "share of the evictor's `keep` that every chunk has whatever its score",
  ),
});

/** What is remembered of a chunk. */
interface Ranked {
  readonly index: number;
  /** High is good. */
  readonly merit: number;
  /** Entries that it holds. */
  readonly most: number;
}

/**
 * Better chunks keep more: with n chunks and the evictor's `keep` of k entries, every chunk gets least · k, and the
 * rest of n · k is shared out by softmax(−score / temperature) (of scores whose high ones are good: score /
 * temperature). What a chunk cannot hold goes evenly to the others, and the sum is exact (`fitCounts`), where `keep` is
 * a number of entries; where it is a share, each chunk's own stands for k. All heads of a chunk keep the same.
 *
 * Connect it to what the evictor reads: the evictor then waits until all of these chunks are there, so put both behind
 * a selection. It breaks where the score says little about where the answer is.
 */
export const allocateChunks = defineStage({
  name: "allocate.chunks",
  summary: "More entries for chunks with better scores, the same in all",
  inputs: { chunks: stream(KvChunk, { needs: ["score"] }) },
  outputs: { allocator: single(Allocator) },
  options: AllocateChunksOptions,
  run: (inputs, options, ctx) => ({
    allocator: inputs.chunks.pipe(
      owning(ctx.node, 1, (chunk) => {
        const ranked = rankedOf(chunk);
        chunk.release();
        return ranked;
      }),
      reduce((all, one) => [...all, one], [] as readonly Ranked[]),
      map((all): Allocator => ({ scores, kvHeads, budget, chunk }) => {
        const ordered = all.toSorted((a, b) => a.index - b.index);
        const at = ordered.findIndex(({ index }) => index === chunk);
        if (at < 0) {
          throw new RangeError(
            chunk === undefined
              ? "allocate.chunks cannot share out a merged context; connect it to an evictor before merge"
              : `allocate.chunks was not given chunk ${chunk}; connect it to the chunks that the evictor reads`,
          );
        }
        const count = countsOf(ordered, budget, options)[at]!;
        return new Int32Array(scores.length * kvHeads).fill(count); // [layers · kvHeads]
      }),
    ),
  }),
});

function rankedOf({ chunk, score, better = "low", cache }: KvChunk): Ranked {
  const { index } = chunk;
  if (score === undefined || !Number.isFinite(score)) {
    throw new TypeError(
      `Chunk ${index} has score '${score}'; put a scorer before allocate.chunks`,
    );
  }
  const merit = better === "low" ? -score : score;
  return { index, merit, most: longestHead(cache) };
}

/** Entries that a head keeps, by chunk. */
function countsOf(
  chunks: readonly Ranked[],
  budget: number,
  { temperature, least }: z.output<typeof AllocateChunksOptions>,
): Int32Array {
  const best = Math.max(...chunks.map(({ merit }) => merit));
  const weights = chunks.map(({ merit }) =>
    Math.exp((merit - best) / temperature)
  ); // [chunks]
  const sum = weights.reduce((a, b) => a + b, 0);
  const floor = Math.floor(least * budget);
  const rest = chunks.length * (budget - floor);
  const wanted = weights.map((weight) => floor + weight / sum * rest); // [chunks]
  const most = Int32Array.from(chunks, (chunk) => chunk.most); // [chunks]
  return fitCounts(wanted, {
    least: most.map((held) => Math.min(floor, held)),
    most,
  });
}
