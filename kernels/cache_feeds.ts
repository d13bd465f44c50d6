import type { KvCache } from "./kv_cache.ts";
import type { WireTensor } from "./protocol.ts";
import { entryBias } from "./tail_bias.ts";

/** The static cache as inputs `keys.l`, `values.l`, `bias.l` of the `decode` session. */
export function cacheFeeds(cache: KvCache): Record<string, WireTensor> {
  const { kvHeads, headDim } = cache;
  const feeds: Record<string, WireTensor> = {};
  for (const [l, layer] of cache.layers.entries()) {
    const { entries, keys, values, counts } = layer;
    const dims = [1, kvHeads, entries, headDim];
    const bias = entryBias(kvHeads, entries, counts);
    feeds[`keys.${l}`] = { type: "float32", data: keys, dims };
    feeds[`values.${l}`] = { type: "float32", data: values, dims };
    feeds[`bias.${l}`] = {
      type: "float32",
      data: bias,
      dims: [1, kvHeads, 1, entries],
    };
  }
  return feeds;
}
