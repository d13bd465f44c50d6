import type { Arena } from "../../kernels/arena.ts";
import type { KvCache } from "../../kernels/kv_cache.ts";
import type { Allocator } from "../allocate/allocator.ts";
import { chooseEntries } from "./choose_entries.ts";
import {
  type EntryScore,
  type ScoredCache,
  scoreEntries,
} from "./entry_scores.ts";
import type { EvictorOptions } from "./evictor_options.ts";
import { keepEntries, keepsAll } from "../cache/keep_entries.ts";
import { shareScores } from "./share_scores.ts";

/** How much is kept, and where. */
export interface EvictionRoom {
  /** Entries a head keeps. */
  readonly budget: number;
  readonly arena: Arena;
  readonly allocator?: Allocator | undefined;
}

/** The best entries of a cache as a new cache; the same cache where all of them stay. */
export function evictEntries<O extends EvictorOptions>(
  score: EntryScore<O>,
  scored: ScoredCache,
  options: O,
  { budget, arena, allocator }: EvictionRoom,
): KvCache {
  const { cache, lead } = scored;
  const scores = scoreEntries(score, scored, options); // layers × [kvHeads, entries]
  shareScores(scores, cache, options.share);
  const { sinks, recent } = options.protect;
  const keep = chooseEntries(
    cache,
    scores,
    budget,
    { below: lead + sinks, recent },
    allocator,
  );
  return keepsAll(cache, keep) ? cache : keepEntries(arena, [{ cache, keep }]);
}

/** Entries of the longest head of any layer. */
export function longestHead({ layers }: KvCache): number {
  return Math.max(...layers.map((layer) => layer.entries));
}
