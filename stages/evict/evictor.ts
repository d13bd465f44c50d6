import type { Observable } from "rxjs";
import type { z } from "zod";
import { owning } from "../../core/owning.ts";
import { type Port, single, stream } from "../../core/port.ts";
import {
  defineStage,
  type Stage,
  type StageContext,
} from "../../core/stage.ts";
import { Arena } from "../../kernels/cache/arena.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { Allocator } from "../allocate/allocator.ts";
import { replaceCache } from "../cache/kv_chunk.ts";
import { meanEntries } from "../cache/new_cache.ts";
import { KvChunk, Model, Prompt } from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";
import { evictCache, type EvictWork } from "./evict_cache.ts";
import { longestHead } from "./evict_entries.ts";
import { EvictorOptions, keepCount } from "./evictor_options.ts";
import { type EvictorSpec, markEvictor } from "./evictor_spec.ts";
import { askedBy } from "./needs/give_needs.ts";

/**
 * Inputs of an evictor; `model` must be connected only where the rule needs it, and `prompt` is there only where the
 * rule needs it.
 */
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
  const { facets, ports } = askedBy(spec.needs ?? []);
  const stage = defineStage<EvictorInputs, { chunks: Port<KvChunk> }, C>({
    name: spec.name,
    summary: spec.summary ?? "An evictor of a user module",
    inputs: {
      chunks: stream(KvChunk, { needs: facets }),
      model: single(Model, {
        optional: !ports.includes("model"),
        neededBy: ({ spans }: EvictorOptions) =>
          spans !== "none" && "sentences" in spans,
      }),
      allocator: single(Allocator, { optional: true }),
      ...(ports.includes("prompt") && { prompt: single(Prompt) }),
    },
    outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
    follows: true,
    options: spec.options ?? EvictorOptions as unknown as C,
    run: (inputs, options, ctx) => ({
      chunks: withSingles(
        {
          model: optional(inputs.model),
          allocator: optional(inputs.allocator),
          ...(inputs.prompt && { prompt: inputs.prompt as Observable<Prompt> }),
        },
        ({ model, allocator, prompt }, chunks) => {
          const inputs = { spec, model, allocator, prompt };
          const arena = new Arena();
          let prepared: Promise<z.output<C>> | undefined;
          return chunks.pipe(
            owning(
              ctx.node,
              model?.workers ?? 1,
              async (chunk, signal) => {
                prepared ??= spec.prepare?.(options) ??
                  Promise.resolve(options);
                const work = {
                  ...inputs,
                  options: await prepared,
                  arena,
                  signal,
                };
                return await evictChunk(chunk, work, ctx);
              },
            ),
          );
        },
        inputs.chunks,
      ),
    }),
  });
  return markEvictor(stage, spec);
}

async function evictChunk<C extends z.ZodType<EvictorOptions>>(
  chunk: KvChunk,
  work: EvictWork<C>,
  ctx: StageContext,
): Promise<KvChunk> {
  const { cache, question, entriesBefore } = chunk;
  const { lead, tokens, index } = chunk.chunk;
  const entries = longestHead(cache);
  const budget = keepCount(work.options, entries);
  if (budget >= entries && !work.allocator) return chunk;
  if (!question && askedBy(work.spec.needs ?? []).facets.length > 0) {
    throw new TypeError(
      `Chunk ${index} was not asked the question; put requery before ${work.spec.name}`,
    );
  }
  const kept = await evictCache(
    {
      cache,
      lead: lead.length,
      chunk: index,
      position: entriesBefore,
      ids: Int32Array.from([...lead, ...tokens]), // [length]
      budget,
      ...(question && { question }),
    },
    work,
  );
  if (kept === cache) return chunk;
  const { signal } = work;
  const evicted = await replaceCache(chunk, kept, { ...ctx, signal });
  ctx.emit({
    type: "chunk",
    action: "evicted",
    chunk: index,
    entries: meanEntries(kept),
    entriesBefore,
  });
  return evicted;
}
