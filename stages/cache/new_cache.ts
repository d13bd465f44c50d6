import type { Arena } from "../../kernels/cache/arena.ts";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";

/** Sizes of a cache that is to be filled. */
export interface CacheShape {
  readonly kvHeads: number;
  readonly headDim: number;
  /** Real entries of every KV head, by layer. */
  readonly counts: readonly Int32Array[]; // layers × [kvHeads]
  /** Whether entries say from which chunk they came; default: no. */
  readonly merged?: boolean;
  /** Whether scores of entries are corrected by a bias; default: no. */
  readonly biased?: boolean;
}

/**
 * An empty cache on shared memory (workers read it without a copy); every layer has room for its longest head,
 * and the room behind shorter heads is zero. What is in the room of real entries is arbitrary until it is written.
 * `dispose` hands the memory back to the arena.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Arena, headEntries, newCache } from "parallelcomp";
 *
 * const counts = [Int32Array.of(3, 3), Int32Array.of(2, 5)]; // layers × [kvHeads]
 * const cache = newCache(new Arena(), { kvHeads: 2, headDim: 4, counts });
 * const [first, second] = cache.layers;
 * assert.equal(first!.keys.length, 2 * 3 * 4); // [kvHeads, entries, headDim]
 * assert.equal(second!.entries, 5);
 * assert.equal(headEntries(second!, 0), 2);
 * cache.dispose!();
 * ```
 */
export function newCache(arena: Arena, shape: CacheShape): KvCache {
  const { kvHeads, headDim, counts, merged = false, biased = false } = shape;
  const rooms = counts.map((layer) =>
    layer.reduce((a, b) => Math.max(a, b), 0)
  );
  const slots = rooms.reduce((total, room) => total + room * kvHeads, 0);
  const wordBytes = Float32Array.BYTES_PER_ELEMENT;
  const words = 2 * headDim + 1 + Number(merged) + Number(biased); // of an entry
  const buffer = arena.allocate(slots * words * wordBytes);
  let at = 0;
  const take = <T>(
    words: number,
    view: new (b: SharedArrayBuffer, offset: number, length: number) => T,
  ): T => {
    const taken = new view(buffer, at, words);
    at += words * wordBytes;
    return taken;
  };
  const layers = rooms.map((entries, l): KvLayer => {
    const ragged = counts[l]!.some((count) => count < entries);
    const layer: KvLayer = {
      entries,
      keys: take(kvHeads * entries * headDim, Float32Array), // [kvHeads, entries, headDim]
      values: take(kvHeads * entries * headDim, Float32Array), // [kvHeads, entries, headDim]
      positions: take(kvHeads * entries, Int32Array), // [kvHeads, entries]
      ...(ragged && { counts: counts[l]! }), // [kvHeads]
      ...(merged && { chunks: take(kvHeads * entries, Int32Array) }), // [kvHeads, entries]
      ...(biased && { bias: take(kvHeads * entries, Float32Array) }), // [kvHeads, entries]
    };
    if (ragged) clearPadding(layer, counts[l]!, headDim);
    return layer;
  });
  return {
    kvHeads,
    headDim,
    layers,
    bytes: slots * 2 * headDim * wordBytes,
    dispose: () => arena.release(buffer),
  };
}

/** Real entries of KV head `head` in a layer; those behind them, up to `entries`, are padding. */
export function headEntries(
  layer: Pick<KvLayer, "entries" | "counts">,
  head: number,
): number {
  return layer.counts?.[head] ?? layer.entries;
}

/** Real entries per KV head: the mean over layers and heads. */
export function meanEntries({ layers, kvHeads }: KvCache): number {
  let total = 0;
  for (const layer of layers) {
    for (let h = 0; h < kvHeads; h++) total += headEntries(layer, h);
  }
  return total / (layers.length * kvHeads);
}

/** Copies `length` entries of one head from `source` to `target`. */
export function copyEntries(
  source: KvLayer,
  target: KvLayer,
  place: {
    readonly head: number;
    readonly headDim: number;
    readonly from: number;
    readonly to: number;
    readonly length: number;
  },
): void {
  const { head, headDim, from, to, length } = place;
  const s = head * source.entries + from;
  const t = head * target.entries + to;
  const [first, last] = [s * headDim, (s + length) * headDim];
  target.keys.set(source.keys.subarray(first, last), t * headDim);
  target.values.set(source.values.subarray(first, last), t * headDim);
  target.positions.set(source.positions.subarray(s, s + length), t);
  if (source.chunks) {
    target.chunks?.set(source.chunks.subarray(s, s + length), t);
  }
  if (source.bias) target.bias?.set(source.bias.subarray(s, s + length), t);
  else target.bias?.fill(0, t, t + length);
}

function clearPadding(
  layer: KvLayer,
  counts: Int32Array, // [kvHeads]
  headDim: number,
): void {
  for (const [head, count] of counts.entries()) {
    const from = head * layer.entries + count;
    const to = (head + 1) * layer.entries;
    layer.keys.fill(0, from * headDim, to * headDim);
    layer.values.fill(0, from * headDim, to * headDim);
    layer.positions.fill(0, from, to);
    layer.chunks?.fill(0, from, to);
    layer.bias?.fill(0, from, to);
  }
}
