import { of } from "rxjs";
import type { z } from "zod";
import { owning } from "../../core/owning.ts";
import { type Port, single } from "../../core/port.ts";
import {
  defineStage,
  type Stage,
  type StageContext,
} from "../../core/stage.ts";
import { Arena } from "../../kernels/cache/arena.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { Allocator } from "../allocate/allocator.ts";
import { replaceMergedCache } from "../cache/merged_context.ts";
import { MergedContext, Model, Prompt } from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";
import { evictCache, type EvictWork } from "./evict_cache.ts";
import { longestHead } from "./evict_entries.ts";
import { EvictorOptions, mergedKeepCount } from "./evictor_options.ts";
import { type EvictorSpec, markEvictor } from "./evictor_spec.ts";
import { askedBy, needs } from "./needs/give_needs.ts";

/** Inputs of an evictor over the merged context; the prompt says how long the lead is. */
export interface MergedEvictorInputs extends Record<string, Port> {
  readonly context: Port<MergedContext>;
  readonly prompt: Port<Prompt>;
  readonly model: Port<LanguageModel>;
  readonly allocator: Port<Allocator>;
}

/** A stage that drops entries from the merged context. */
export type MergedEvictor<C extends z.ZodType> = Stage<
  MergedEvictorInputs,
  { context: Port<MergedContext> },
  C
>;

/**
 * Turns a scoring rule into a stage over the merged context (the paper's "KV cache eviction", as opposed to the
 * parallel one inside chunks), named `<rule>-merged`. `keep.entries` counts for every kept chunk, so that entries ×
 * chunks stay, `total` for all of them together; `protect.sinks` counts in every chunk, `protect.recent` at the end of
 * all. The context's `kept` says what is left of every chunk. A rule that needs a chunk's own rows or text is a
 * `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineMergedEvictor } from "parallelcomp";
 *
 * const largest = defineMergedEvictor({
 *   name: "my.largest",
 *   score: ({ values, headDim }, out) =>
 *     out.forEach((_, i) => out[i] = Math.abs(values[i * headDim]!)),
 * });
 * assert.equal(largest.name, "my.largest-merged");
 * ```
 */
export function defineMergedEvictor<
  C extends z.ZodType<EvictorOptions> = typeof EvictorOptions,
>(spec: EvictorSpec<C>): MergedEvictor<C> {
  const { ports } = askedBy(spec.needs ?? []);
  const lost = spec.needs?.find((need) => !needs[need].merged);
  if (lost) {
    throw new TypeError(
      `Rule '${spec.name}' needs '${lost}' of a chunk, which a merged context cannot give; use it before merge`,
    );
  }
  const named = { ...spec, name: `${spec.name}-merged` };
  const stage = defineStage<
    MergedEvictorInputs,
    { context: Port<MergedContext> },
    C
  >({
    name: named.name,
    summary: `${
      spec.summary ?? "An evictor of a user module"
    }; over the merged context`,
    inputs: {
      context: single(MergedContext, { needs: ["fp32"] }),
      prompt: single(Prompt),
      model: single(Model, { optional: !ports.includes("model") }),
      allocator: single(Allocator, { optional: true }),
    },
    outputs: { context: single(MergedContext, { like: "context" }) },
    options: spec.options ?? EvictorOptions as unknown as C,
    run: (inputs, options, ctx) => ({
      context: withSingles(
        {
          ...inputs,
          model: optional(inputs.model),
          allocator: optional(inputs.allocator),
        },
        ({ context, prompt, model, allocator }) =>
          of(context).pipe(owning(ctx.node, 1, async (context, signal) => {
            const prepared = await spec.prepare?.(options) ?? options;
            const shared = { prompt, model, allocator, arena: new Arena() };
            const work = { spec: named, options: prepared, ...shared, signal };
            return await evictContext(context, work, ctx);
          })),
      ),
    }),
  });
  return markEvictor(stage, named);
}

async function evictContext<C extends z.ZodType<EvictorOptions>>(
  context: MergedContext,
  work: EvictWork<C> & { readonly prompt: Prompt },
  ctx: StageContext,
): Promise<MergedContext> {
  const { spec, options, model, prompt, allocator, signal } = work;
  const { cache, position, kept } = context;
  const entries = longestHead(cache);
  const budget = mergedKeepCount(options, entries, kept.length);
  if (budget >= entries && !allocator) return context;
  const [question] = askedBy(spec.needs ?? []).facets.length > 0
    ? await model!.requery([{ cache, position }], prompt.tail, signal)
    : [];
  const evicted = await evictCache(
    {
      cache,
      lead: prompt.lead.length,
      chunk: 0,
      position,
      budget,
      ...(question && { question }),
    },
    work,
  );
  return evicted === cache
    ? context
    : await replaceMergedCache(context, evicted, { ...ctx, signal });
}
