import type { z } from "zod";
import { owning } from "../../core/owning.ts";
import { type Port, single, stream } from "../../core/port.ts";
import {
  defineStage,
  type Stage,
  type StageContext,
} from "../../core/stage.ts";
import { Arena } from "../../kernels/arena.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { Allocator } from "../allocate/allocator.ts";
import { type EntryScore, lastRowsAttention } from "./entry_scores.ts";
import type { EntryKernel } from "./entry_kernel.ts";
import { evictEntries, longestHead } from "./evict_entries.ts";
import { EvictorOptions, keepCount } from "./evictor_options.ts";
import { replaceCache } from "../cache/kv_chunk.ts";
import { meanEntries } from "../cache/new_cache.ts";
import { KvChunk, Model } from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";

/** A rule that scores KV entries. Keeping the best, memory and order are not its business. */
export interface EvictorSpec<C extends z.ZodType<EvictorOptions>> {
  /** For instance `evict.attention`. */
  readonly name: string;
  readonly summary?: string;
  /** {@linkcode EvictorOptions}, extended where the rule has options of its own. */
  readonly options?: C;
  /** `attention`: the chunks must carry the question, and the stage a model. */
  readonly needs?: readonly "attention"[];
  /** Last rows of the question whose attention is summed; default: all. */
  rows?(options: z.output<C>): number;
  /** Writes one score an entry of one layer; higher is kept. Pure. */
  readonly score: EntryScore<z.output<C>>;
  /** The same rule as an ONNX fragment: lets the stage be computed inside a prefill session, where it stands next to one. */
  readonly kernel?: EntryKernel<z.output<C>>;
}

/** Inputs of an evictor; `model` is asked for only where the rule needs attention. */
export interface EvictorInputs extends Record<string, Port> {
  readonly chunks: Port<KvChunk>;
  readonly model: Port<LanguageModel>;
  readonly allocator: Port<Allocator>;
}

/** A stage that drops entries from every chunk. */
export type Evictor<C extends z.ZodType> = Stage<
  EvictorInputs,
  { chunks: Port<KvChunk> },
  C
>;

/** The rule that an evictor was made of, as {@linkcode evictorOf} reads it. */
// deno-lint-ignore no-explicit-any
export type AnyEvictorSpec = EvictorSpec<any>;

/** Brands evictors, also across two copies of this package. */
const rule = Symbol.for("parallelcomp.evictor");

/** The rule inside a stage that {@linkcode defineEvictor} made; `undefined` for every other stage. */
export function evictorOf(stage: object): AnyEvictorSpec | undefined {
  return (stage as { readonly [rule]?: AnyEvictorSpec })[rule];
}

/** Marks a stage with the rule that it runs. */
export function markEvictor<S extends object>(
  stage: S,
  spec: AnyEvictorSpec,
): S {
  return Object.defineProperty(stage, rule, { value: spec });
}

/**
 * Turns a scoring rule into a stage that keeps the best entries of every layer and KV head, in order.
 * Keeping as many entries as there are changes nothing. A score that is not a number is a `RangeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineEvictor } from "parallelcomp";
 *
 * const latest = defineEvictor({
 *   name: "my.latest",
 *   score: ({ positions }, out) => out.set(positions),
 * });
 * assert.deepEqual(latest.options.parse({}).keep, { share: 0.5 });
 * ```
 */
export function defineEvictor<
  C extends z.ZodType<EvictorOptions> = typeof EvictorOptions,
>(spec: EvictorSpec<C>): Evictor<C> {
  const attends = spec.needs?.includes("attention") ?? false;
  const stage = defineStage<EvictorInputs, { chunks: Port<KvChunk> }, C>({
    name: spec.name,
    summary: spec.summary ?? "An evictor of a user module",
    inputs: {
      chunks: stream(KvChunk, { needs: attends ? ["question"] : [] }),
      model: single(Model, { optional: !attends }),
      allocator: single(Allocator, { optional: true }),
    },
    outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
    options: spec.options ?? EvictorOptions as unknown as C,
    run: (inputs, options, ctx) => ({
      chunks: withSingles(
        {
          model: optional(inputs.model),
          allocator: optional(inputs.allocator),
        },
        ({ model, allocator }, chunks) => {
          const work = { spec, options, ctx, model, allocator };
          const arena = new Arena();
          return chunks.pipe(
            owning(
              ctx.node,
              model?.workers ?? 1,
              (chunk, signal) => evictChunk(chunk, { ...work, arena, signal }),
            ),
          );
        },
        inputs.chunks,
      ),
    }),
  });
  return markEvictor(stage, spec);
}

interface EvictWork<C extends z.ZodType<EvictorOptions>> {
  readonly spec: EvictorSpec<C>;
  readonly options: z.output<C>;
  readonly ctx: StageContext;
  readonly model: LanguageModel | undefined;
  readonly allocator: Allocator | undefined;
  readonly arena: Arena;
  readonly signal: AbortSignal;
}

async function evictChunk<C extends z.ZodType<EvictorOptions>>(
  chunk: KvChunk,
  work: EvictWork<C>,
): Promise<KvChunk> {
  const { spec, options, ctx, allocator, arena, signal } = work;
  const { cache } = chunk;
  const entries = longestHead(cache);
  const budget = keepCount(options, entries);
  if (budget >= entries && !allocator) return chunk;
  const kept = evictEntries(
    spec.score,
    {
      cache,
      lead: chunk.chunk.lead.length,
      chunk: chunk.chunk.index,
      attention: await attentionFor(chunk, work),
    },
    options,
    { budget, arena, allocator },
  );
  if (kept === cache) return chunk;
  const evicted = await replaceCache(chunk, kept, { ...ctx, signal });
  ctx.emit({
    type: "chunk",
    action: "evicted",
    chunk: chunk.chunk.index,
    entries: meanEntries(kept),
    entriesBefore: chunk.entriesBefore,
  });
  return evicted;
}

async function attentionFor<C extends z.ZodType<EvictorOptions>>(
  { chunk, cache, question }: KvChunk,
  { spec, options, model, signal }: EvictWork<C>,
): Promise<readonly Float32Array[] | undefined> {
  if (!spec.needs?.includes("attention")) return undefined;
  if (!model || !question) {
    throw new TypeError(
      `Chunk ${chunk.index} was not asked the question; put requery before ${spec.name}`,
    );
  }
  const rows = spec.rows?.(options) ?? question.ids.length;
  return await lastRowsAttention(model, cache, question, { rows }, signal);
}
