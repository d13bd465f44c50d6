import { type Observable, of, toArray } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { type Port, stream } from "../../core/port.ts";
import { defineStage, type Stage } from "../../core/stage.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { describeKvChunk } from "../cache/kv_chunk.ts";
import {
  type Chunk,
  KvChunk,
  type Prompt,
  type TokenizedDocument,
} from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";
import { scorerInputs } from "./needs/ports.ts";
import type { ChunkScorerSpec } from "./scorer_spec.ts";
import { ScoringRun } from "./scoring_run.ts";

/** Inputs of a chunk scorer; `model`, `tokens` and `corpus` (all chunks, straight from the chunker) where its needs ask. */
export interface ChunkScorerInputs extends Record<string, Port> {
  readonly chunks: Port<KvChunk>;
  readonly prompt: Port<Prompt>;
}

/** A stage that scores chunks. */
export type ChunkScorer<C extends z.ZodType> = Stage<
  ChunkScorerInputs,
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
export function defineChunkScorer<
  C extends z.ZodType = typeof NoOptions,
  P = undefined,
>(spec: ChunkScorerSpec<C, P>): ChunkScorer<C> {
  const { needs = [], needsWith = {}, better = "low" } = spec;
  return defineStage({
    name: spec.name,
    summary: spec.summary ?? "A chunk scorer of a user module",
    inputs: scorerInputs(needs, needsWith) as unknown as ChunkScorerInputs,
    outputs: {
      chunks: stream(KvChunk, { like: "chunks", gives: ["score"] }),
    },
    options: spec.options ?? NoOptions as unknown as C,
    run: (inputs, options, ctx) => ({
      chunks: withSingles(
        singlesOf(inputs as Readonly<Record<string, Observable<unknown>>>),
        (given, chunks) => {
          const run = new ScoringRun(spec, given, options);
          return chunks.pipe(
            owning(ctx.node, 1, (chunk: KvChunk, signal) => {
              const described = (score: number) => {
                const { index } = chunk.chunk;
                const action = "scored";
                ctx.emit({ type: "chunk", action, chunk: index, score });
                return describeKvChunk(chunk, { score, better });
              };
              const score = run.score(chunk, signal);
              return typeof score === "number"
                ? described(score)
                : score.then(described);
            }),
          );
        },
        inputs.chunks,
      ),
    }),
  });
}

const NoOptions = z.strictObject({});

/** Everything beside the chunks as single values; the corpus as one array, subscribed at once like the rest. */
function singlesOf(inputs: Readonly<Record<string, Observable<unknown>>>) {
  const single = <T>(name: string) =>
    optional((inputs[name] ?? of()) as Observable<T>);
  return {
    prompt: single<Prompt>("prompt"),
    model: single<LanguageModel>("model"),
    tokens: single<TokenizedDocument>("tokens"),
    corpus: (inputs.corpus as Observable<Chunk> ?? of()).pipe(toArray()),
  };
}
