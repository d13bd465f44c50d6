import { type Observable, of, toArray } from "rxjs";
import { z } from "zod";
import { owning } from "../../core/owning.ts";
import { type Port, stream } from "../../core/port.ts";
import { defineStage, type Stage } from "../../core/stage.ts";
import type { KvCache, QuestionStats } from "../../kernels/kv_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { describeKvChunk } from "../cache/kv_chunk.ts";
import {
  type Chunk,
  KvChunk,
  type Prompt,
  type TokenizedDocument,
} from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";
import { type ChunkNeed, type NeedsWith, scorerInputs } from "./needs/ports.ts";
import { ScoringRun } from "./scoring_run.ts";
import type { RunText } from "./needs/text.ts";

/** What a chunk is scored by. */
export interface ChunkScoreInput {
  readonly chunk: Chunk;
  readonly cache: KvCache;
  /** The question's own rows inside the tail, `[from, to)`: from the prompt, else every row but the first. */
  readonly scored: readonly [from: number, to: number];
  /** Need `question`: what the model said about the question behind this chunk; need `log-probs`: that alone of it. */
  readonly question?: QuestionStats;
  /** Need `attention`: what the scored rows pay to every entry, the mean over rows. */
  readonly attention?: readonly Float32Array[]; // layers × [heads, entries]
  /** Need `prior`: log P of every tail token without any document; the first is NaN. */
  readonly prior?: Float32Array; // [rows]
  /** Need `text`: texts of this chunk, of all chunks, and of the question. */
  readonly text?: RunText & { readonly chunk: string };
}

/** A rule that scores chunks. */
export interface ChunkScorerSpec<C extends z.ZodType, P = undefined> {
  /** For instance `score.self-information`. */
  readonly name: string;
  readonly summary?: string;
  readonly options?: C;
  /** `question`, `log-probs`, `attention`, `prior`, `text`; other names are facets that the chunks must carry. */
  readonly needs?: readonly (ChunkNeed | (string & Record<never, never>))[];
  /** Needs that only some options have. */
  readonly needsWith?: NeedsWith<z.output<C>>;
  /** Which scores are good (default: low); `select.top` follows it. */
  readonly better?: "low" | "high";
  /** Called once in a run, with what `text` gives of the whole document: statistics that every chunk's score uses. */
  prepare?(text: RunText, options: z.output<C>): P;
  /** One finite number a chunk. */
  score(input: ChunkScoreInput, options: z.output<C>, prepared: P): number;
}

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
