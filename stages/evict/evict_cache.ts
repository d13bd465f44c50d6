import type { z } from "zod";
import type { Arena } from "../../kernels/cache/arena.ts";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import { withHostCache } from "../../kernels/cache/resident_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import type { Allocator } from "../allocate/allocator.ts";
import type { Prompt } from "../types.ts";
import { evictEntries } from "./evict_entries.ts";
import type { EvictorOptions } from "./evictor_options.ts";
import type { EvictorSpec } from "./evictor_spec.ts";
import { giveNeeds } from "./needs/give_needs.ts";
import type { NeedSubject } from "./needs/need.ts";
import { sentencesOf } from "./sentences.ts";

/** With what a stage evicts: its rule, options and inputs. */
export interface EvictWork<C extends z.ZodType<EvictorOptions>> {
  readonly spec: EvictorSpec<C>;
  readonly options: z.output<C>;
  readonly model: LanguageModel | undefined;
  readonly prompt: Prompt | undefined;
  readonly allocator: Allocator | undefined;
  readonly arena: Arena;
  readonly signal: AbortSignal;
}

/** A cache from which entries are dropped. */
export interface EvictSubject extends NeedSubject {
  readonly lead: number;
  readonly chunk: number;
  /** Entries a head keeps. */
  readonly budget: number;
}

/** Computes what the rule needs and drops the rest; the same cache where all of it stays. */
export async function evictCache<C extends z.ZodType<EvictorOptions>>(
  subject: EvictSubject,
  work: EvictWork<C>,
): Promise<KvCache> {
  const { cache } = subject;
  return await withHostCache(cache, async (host) => {
    const kept = await evictHostCache({ ...subject, cache: host }, work);
    return kept === host ? cache : kept;
  }, work.signal);
}

async function evictHostCache<C extends z.ZodType<EvictorOptions>>(
  subject: EvictSubject,
  work: EvictWork<C>,
): Promise<KvCache> {
  const { spec, options, model, prompt, allocator, arena, signal } = work;
  const { cache, lead, chunk, position, budget } = subject;
  const { needs = [] } = spec;
  const rows = spec.rows?.(options);
  const amounts = {
    ...rows !== undefined && { rows },
    ...spec.asks?.(options),
  };
  const given = needs.length === 0 ? [] : await giveNeeds(needs, subject, {
    model: model!,
    prompt,
    amounts,
    signal,
  });
  return evictEntries(
    spec.score,
    { cache, lead, chunk, length: position, given },
    options,
    {
      budget,
      arena,
      allocator,
      sentenceOf: sentences(subject, work),
      config: model?.config,
    },
  );
}

/** Sentences of the chunk, where spans are sentences; without a model or a text of its own a `RangeError`. */
function sentences<C extends z.ZodType<EvictorOptions>>(
  { ids }: EvictSubject,
  { spec, options, model }: EvictWork<C>,
): Int32Array | undefined {
  if (options.spans === "none" || !("sentences" in options.spans)) return;
  if (!ids) {
    throw new RangeError(
      `${spec.name} cannot see sentences in a merged context; use spans: { tokens: 20 }, or evict before merge`,
    );
  }
  if (!model) {
    throw new RangeError(
      `Spans of sentences are read with the model's tokenizer; connect 'model' to ${spec.name}`,
    );
  }
  return sentencesOf(ids, model.tokenizer);
}
