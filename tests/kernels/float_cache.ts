import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";

/** The cache with its 8-bit numbers as floats again: what the decode session computes with. */
export function floatCache(cache: KvCache): KvCache {
  const { kvHeads, headDim } = cache;
  const layers = cache.layers.map((layer): KvLayer => {
    const { int8, ...rest } = layer;
    if (!int8) return layer;
    const per = layer.entries * headDim; // numbers of a head
    const keys = Float32Array.from(
      int8.keys,
      (n, i) =>
        n * int8.keyScales[Math.floor(i / per) * headDim + i % headDim]!,
    ); // [kvHeads, entries, headDim]
    const values = Float32Array.from(
      int8.values,
      (n, i) => n * int8.valueScales[Math.floor(i / headDim)]!,
    ); // [kvHeads, entries, headDim]
    return { ...rest, keys, values };
  });
  const bytes = 8 * layers.reduce((sum, { keys }) => sum + keys.length, 0);
  const { dispose: _, ...rest } = cache;
  return { ...rest, kvHeads, layers, bytes };
}
