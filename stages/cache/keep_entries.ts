import type { Arena } from "../../kernels/cache/arena.ts";
import { requireFloats } from "../../kernels/cache/int8_cache.ts";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import { copyEntries, headEntries, newCache } from "./new_cache.ts";

/** Which entries stay, by layer: 1 where an entry is kept. */
export type KeepMasks = readonly Uint8Array[]; // layers × [kvHeads, entries]

/** A cache and what is kept of it. */
export interface KeptSource {
  readonly cache: KvCache;
  readonly keep: KeepMasks;
  /** Index of the chunk that the cache belongs to, for a merged cache to remember. */
  readonly chunk?: number;
}

/**
 * Copies the kept entries of several caches, in order, into one new cache. Heads may keep different numbers; masks
 * over padding do not count. The sources stay as they are. A bias goes with its entry; a tempering stays with a single
 * source. Entries in 8 bits, or not on the host, are a `TypeError`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Arena, keepEntries, newCache } from "parallelcomp";
 *
 * const arena = new Arena();
 * const cache = newCache(arena, { kvHeads: 1, headDim: 1, counts: [Int32Array.of(4)] });
 * cache.layers[0]!.keys.set([10, 11, 12, 13]); // [kvHeads, entries, headDim]
 * const keep = [Uint8Array.of(1, 0, 0, 1)]; // layers × [kvHeads, entries]
 * const kept = keepEntries(arena, [{ cache, keep }]);
 * assert.deepEqual([...kept.layers[0]!.keys], [10, 13]);
 * ```
 */
export function keepEntries(
  arena: Arena,
  sources: readonly KeptSource[],
): KvCache {
  for (const { cache } of sources) requireFloats(cache);
  requireHost(sources);
  const { kvHeads, headDim, layers, tempering, ropeFactors } =
    sources[0]!.cache;
  const other = sources.find((s) => s.cache.ropeFactors !== ropeFactors);
  if (other) {
    throw new RangeError(
      `Cannot join chunks ${sources[0]!.chunk ?? 0} and ${
        other.chunk ?? sources.indexOf(other)
      }: RoPE turned one by its '${ropeFactors}' factors, the other by its '${other.cache.ropeFactors}' ones; choose a window with which all chunks are longer than the model's original window, or none`,
    );
  }
  const counts = layers.map((_, l) =>
    Int32Array.from(
      { length: kvHeads },
      (_, head) => sum(sources.map((s) => keptOf(s.cache, s.keep, l, head))),
    ) // [kvHeads]
  );
  const merged = sources.some(({ cache, chunk }) =>
    chunk !== undefined || cache.layers.some((layer) => layer.chunks)
  );
  const biased = sources.some(({ cache }) =>
    cache.layers.some((layer) => layer.bias)
  );
  const kept = newCache(arena, { kvHeads, headDim, counts, merged, biased });
  for (const [l, target] of kept.layers.entries()) {
    for (let head = 0; head < kvHeads; head++) {
      let to = 0;
      for (const { cache, keep, chunk } of sources) {
        const source = cache.layers[l]!;
        for (const { from, length } of keptRuns(cache, keep, l, head)) {
          copyEntries(source, target, { head, headDim, from, to, length });
          if (chunk !== undefined) {
            const at = head * target.entries + to;
            target.chunks!.fill(chunk, at, at + length);
          }
          to += length;
        }
      }
    }
  }
  const place = sources.find(({ cache }) => cache.place)?.cache.place;
  return {
    ...kept,
    ...(place && { place }),
    ...(ropeFactors && { ropeFactors }),
    ...(tempering && sources.length === 1 && { tempering }),
  };
}

/** Where keys and values are elsewhere there is nothing to copy. */
function requireHost(sources: readonly KeptSource[]): void {
  if (!sources.some(({ cache }) => cache.resident)) return;
  throw new TypeError(
    "Keys and values stay where the model computes; bring them with withHostCache",
  );
}

/** Whether every real entry is kept. */
export function keepsAll(cache: KvCache, keep: KeepMasks): boolean {
  return cache.layers.every((layer, l) => {
    for (let head = 0; head < cache.kvHeads; head++) {
      if (keptOf(cache, keep, l, head) < headEntries(layer, head)) return false;
    }
    return true;
  });
}

function keptOf(
  cache: KvCache,
  keep: KeepMasks,
  l: number,
  head: number,
): number {
  return sum([...keptRuns(cache, keep, l, head)].map(({ length }) => length));
}

/** Runs of neighbouring kept entries of one head, so that they are copied in one go. */
export function* keptRuns(
  cache: KvCache,
  keep: KeepMasks,
  l: number,
  head: number,
): Generator<{ from: number; length: number }> {
  const layer = cache.layers[l]!;
  const mask = keep[l]!;
  const base = head * layer.entries;
  const end = headEntries(layer, head);
  let from = 0;
  while (from < end) {
    while (from < end && mask[base + from] === 0) from++;
    let to = from;
    while (to < end && mask[base + to] !== 0) to++;
    if (to > from) yield { from, length: to - from };
    from = to;
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
