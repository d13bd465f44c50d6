import type { KvCache, KvLayer } from "./kv_cache.ts";
import type { Gathered, WireTensor } from "./protocol.ts";
import { entryBias, MASKED } from "./tail_bias.ts";

/** One static cache as inputs `keys.l`, `values.l`, `bias.l` of the `decode` session. */
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

/** Several caches as one batch of the same inputs; shorter ones are padded and masked. */
export function batchFeeds(
  caches: readonly KvCache[],
): Record<string, WireTensor | Gathered> {
  const { kvHeads, headDim, layers } = caches[0]!;
  const feeds: Record<string, WireTensor | Gathered> = {};
  for (let l = 0; l < layers.length; l++) {
    const items = caches.map((cache) => cache.layers[l]!);
    const entries = Math.max(...items.map((item) => item.entries));
    const dims = [items.length, kvHeads, entries, headDim];
    const gathered = (name: "keys" | "values"): Gathered => ({
      dims,
      pieces: items.flatMap((item, b) =>
        Array.from({ length: kvHeads }, (_, h) => ({
          data: headRows(item[name], item.entries * headDim, h), // [entries, headDim]
          at: (b * kvHeads + h) * entries * headDim,
        }))
      ),
    });
    feeds[`keys.${l}`] = gathered("keys");
    feeds[`values.${l}`] = gathered("values");
    feeds[`bias.${l}`] = {
      type: "float32",
      data: batchBias(items, kvHeads, entries),
      dims: [items.length, kvHeads, 1, entries],
    };
  }
  return feeds;
}

function headRows(data: Float32Array, size: number, head: number) {
  return data.subarray(head * size, (head + 1) * size);
}

function batchBias(
  items: readonly KvLayer[],
  kvHeads: number,
  entries: number,
): Float32Array {
  const bias = new Float32Array(items.length * kvHeads * entries).fill(MASKED); // [batch, kvHeads, 1, entries]
  for (const [b, item] of items.entries()) {
    for (let h = 0; h < kvHeads; h++) {
      const at = (b * kvHeads + h) * entries;
      bias.fill(0, at, at + (item.counts?.[h] ?? item.entries));
    }
  }
  return bias;
}
