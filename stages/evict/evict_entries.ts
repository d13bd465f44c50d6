import type { ModelConfig } from "../../io/model_config.ts";
import type { Arena } from "../../kernels/cache/arena.ts";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import type { Allocator } from "../allocate/allocator.ts";
import { chooseEntries } from "./choose_entries.ts";
import {
  type EntryScore,
  type ScoredCache,
  scoreEntries,
} from "./entry_scores.ts";
import type { EvictorOptions } from "./evictor_options.ts";
import { keepEntries, keepsAll } from "../cache/keep_entries.ts";
import { mergeEvicted } from "./merge_evicted.ts";
import { scoreSpans } from "./score_spans.ts";
import { shareScores } from "./share_scores.ts";

/** How much is kept, and where. */
export interface EvictionRoom {
  /** Entries a head keeps. */
  readonly budget: number;
  readonly arena: Arena;
  readonly allocator?: Allocator | undefined;
  /** Index of the sentence of every position; for spans that are sentences. */
  readonly sentenceOf?: Int32Array | undefined; // [length]
  /** Which layers hold the newest entries only; for layers that share. */
  readonly config?: Pick<ModelConfig, "layerKinds"> | undefined;
}

/**
 * The best entries of a cache as a new cache; the same cache where all of them stay. Scores pass the wrappers in
 * order: the rule, what heads share, spans, protection and allocation, then merging of what is dropped.
 */
export function evictEntries<O extends EvictorOptions>(
  score: EntryScore<O>,
  scored: ScoredCache,
  options: O,
  { budget, arena, allocator, sentenceOf, config }: EvictionRoom,
): KvCache {
  const { cache, lead, chunk } = scored;
  const scores = scoreEntries(score, scored, options); // layers × [kvHeads, entries]
  shareScores(scores, cache, options.share, config, options.agree);
  scoreSpans(scores, cache, options.spans, sentenceOf);
  const { sinks, recent, spans } = options.protect;
  const keep = chooseEntries(
    cache,
    scores,
    budget,
    { below: lead + sinks, recent, spans, chunk },
    allocator,
  );
  if (keepsAll(cache, keep)) return cache;
  const kept = keepEntries(arena, [{ cache, keep }]);
  if (options.merge !== "none") mergeEvicted(cache, kept, keep, options.merge);
  return kept;
}

/** Entries of the longest head of any layer. */
export function longestHead({ layers }: KvCache): number {
  return Math.max(...layers.map((layer) => layer.entries));
}
