import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { type Port, single, stream } from "../../core/port.ts";
import { defineStage, type Stage } from "../../core/stage.ts";
import type { KvCache, QuestionStats } from "../../kernels/kv_cache.ts";
import { describeKvChunk } from "../cache/kv_chunk.ts";
import { type Chunk, KvChunk, Prompt } from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";

/** What a chunk is scored by. */
export interface ChunkScoreInput {
  readonly chunk: Chunk;
  readonly cache: KvCache;
  /** What the model said about the question behind this chunk; present where the scorer needs `question`. */
  readonly question?: QuestionStats;
  /** The question's own rows inside the tail, `[from, to)`: from the prompt, else every row but the first. */
  readonly scored: readonly [from: number, to: number];
}

/** A rule that scores chunks. */
export interface ChunkScorerSpec<C extends z.ZodType> {
  /** For instance `score.self-information`. */
  readonly name: string;
  readonly summary?: string;
  readonly options?: C;
  /** Facets the chunks must carry: `["question"]`. */
  readonly needs?: readonly string[];
  /** One finite number a chunk; `select.top` decides whether low or high is good. */
  score(input: ChunkScoreInput, options: z.output<C>): number;
}

/** A stage that scores chunks. */
export type ChunkScorer<C extends z.ZodType> = Stage<
  { chunks: Port<KvChunk>; prompt: Port<Prompt> },
  { chunks: Port<KvChunk> },
  C
>;

/**
 * Turns a scoring rule into a stage that gives every chunk its `score`. A score that is not finite is a `RangeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineChunkScorer } from "parallelcomp";
 *
 * const earliest = defineChunkScorer({
 *   name: "my.earliest",
 *   score: ({ chunk }) => chunk.index,
 * });
 * assert.deepEqual(earliest.outputs.chunks.gives, ["score"]);
 * ```
 */
export function defineChunkScorer<C extends z.ZodType = typeof NoOptions>(
  spec: ChunkScorerSpec<C>,
): ChunkScorer<C> {
  return defineStage({
    name: spec.name,
    summary: spec.summary ?? "A chunk scorer of a user module",
    inputs: {
      chunks: stream(KvChunk, { needs: spec.needs ?? [] }),
      prompt: single(Prompt, { optional: true }),
    } as ChunkScorer<C>["inputs"],
    outputs: {
      chunks: stream(KvChunk, { like: "chunks", gives: ["score"] }),
    } as ChunkScorer<C>["outputs"],
    options: spec.options ?? NoOptions as unknown as C,
    run: (inputs, options, ctx) => ({
      chunks: withSingles(
        { prompt: optional(inputs.prompt) },
        ({ prompt }, chunks) =>
          chunks.pipe(owning(ctx.node, 1, (chunk: KvChunk) => {
            const score = scoreChunk(spec, chunk, options, prompt?.scored);
            ctx.emit({
              type: "chunk",
              action: "scored",
              chunk: chunk.chunk.index,
              score,
            });
            return describeKvChunk(chunk, { score });
          })),
        inputs.chunks,
      ),
    }),
  });
}

const NoOptions = z.strictObject({});

function scoreChunk<C extends z.ZodType>(
  spec: ChunkScorerSpec<C>,
  { chunk, cache, question }: KvChunk,
  options: z.output<C>,
  scored: readonly [number, number] = [1, question?.ids.length ?? 1],
): number {
  if (spec.needs?.includes("question") && !question) {
    throw new TypeError(
      `Chunk ${chunk.index} was not asked the question; put requery before ${spec.name}`,
    );
  }
  const score = spec.score(
    { chunk, cache, scored, ...(question && { question }) },
    options,
  );
  if (Number.isFinite(score)) return score;
  throw new RangeError(
    `Score of chunk ${chunk.index} is '${score}', not a finite number`,
  );
}
