import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";

/** A cache of the first `keep` entries of every head. */
export function firstEntries(cache: KvCache, keep: number): KvCache {
  const { kvHeads, headDim } = cache;
  const layers = cache.layers.map((layer): KvLayer => {
    const { entries } = layer;
    const first = <T extends Float32Array | Int32Array>(
      all: T,
      width: number,
    ) => {
      const out = all.slice(0, kvHeads * keep * width) as T; // [kvHeads, keep, width]
      for (let head = 0; head < kvHeads; head++) {
        const from = head * entries * width;
        out.set(all.subarray(from, from + keep * width), head * keep * width);
      }
      return out;
    };
    return {
      entries: keep,
      keys: first(layer.keys, headDim), // [kvHeads, keep, headDim]
      values: first(layer.values, headDim), // [kvHeads, keep, headDim]
      positions: first(layer.positions, 1), // [kvHeads, keep]
    };
  });
  const bytes = layers.length * 2 * kvHeads * keep * headDim * 4;
  return { kvHeads, headDim, layers, bytes };
}
