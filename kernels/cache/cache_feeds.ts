import type { ModelConfig } from "../../io/model_config.ts";
import type { KvCache, KvLayer } from "./kv_cache.ts";
import { asksPositions } from "../layers/layer_kind.ts";
import type { Gathered, WireTensor } from "../engine/protocol.ts";
import { entryBias, MASKED } from "../attention/tail_bias.ts";
import { temperedEntries, temperingFeeds } from "./tempering_feeds.ts";

/**
 * One static cache as inputs `keys.l`, `values.l`, `bias.l` of a `decode` session, with those of its form, and
 * `entry_positions.l` of layers that ask where entries are; of a resident one without `keys.l` and `values.l`.
 */
export function cacheFeeds(
  cache: KvCache,
  config: ModelConfig,
): Record<string, WireTensor> {
  const { kvHeads, headDim, tempering } = cache;
  const feeds: Record<string, WireTensor> = {};
  if (tempering) Object.assign(feeds, temperingFeeds([cache], [1, 1, 1, 1]));
  for (const [l, layer] of cache.layers.entries()) {
    const { entries, keys, values, int8 } = layer;
    const dims = [1, kvHeads, entries, headDim];
    const perEntry = [1, kvHeads, 1, entries];
    const type = "float32";
    if (int8) {
      const { keyScales, valueScales } = int8;
      feeds[`keys.${l}`] = { type: "int8", data: int8.keys, dims };
      feeds[`values.${l}`] = { type: "int8", data: int8.values, dims };
      feeds[`key_scales.${l}`] = {
        type,
        data: keyScales,
        dims: [1, kvHeads, 1, headDim],
      };
      feeds[`value_scales.${l}`] = { type, data: valueScales, dims: perEntry };
    } else if (!cache.resident) {
      feeds[`keys.${l}`] = { type, data: keys, dims };
      feeds[`values.${l}`] = { type, data: values, dims };
    }
    const bias = entryBias(kvHeads, layer); // [kvHeads, 1, entries]
    feeds[`bias.${l}`] = { type, data: bias, dims: perEntry };
    if (asksPositions(config, l)) {
      const data = layer.positions; // [kvHeads, 1, entries]
      feeds[`entry_positions.${l}`] = { type: "int32", data, dims: perEntry };
    }
    if (tempering) {
      const data = temperedEntries(cache, layer); // [kvHeads, 1, entries]
      feeds[`tempered.${l}`] = { type, data, dims: perEntry };
    }
  }
  return feeds;
}

/** Several caches as one batch of the same inputs; shorter ones are padded and masked. */
export function batchFeeds(
  caches: readonly KvCache[],
  config: ModelConfig,
): Record<string, WireTensor | Gathered> {
  const { kvHeads, headDim, layers } = caches[0]!;
  const feeds: Record<string, WireTensor | Gathered> = {};
  const tempered = caches.some(({ tempering }) => tempering);
  if (tempered) {
    Object.assign(feeds, temperingFeeds(caches, [caches.length, 1, 1, 1]));
  }
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
    if (asksPositions(config, l)) {
      const rows = new Int32Array(items.length * kvHeads * entries); // [batch, kvHeads, 1, entries]
      feeds[`entry_positions.${l}`] = {
        type: "int32",
        data: batchRows(items, kvHeads, rows, ({ positions }) => positions),
        dims: [items.length, kvHeads, 1, entries],
      };
    }
    if (tempered) {
      feeds[`tempered.${l}`] = {
        type: "float32",
        data: batchRows(
          items,
          kvHeads,
          new Float32Array(items.length * kvHeads * entries), // [batch, kvHeads, 1, entries]
          (_, b) => temperedEntries(caches[b]!, items[b]!), // [kvHeads, 1, entries]
        ),
        dims: [items.length, kvHeads, 1, entries],
      };
    }
  }
  return feeds;
}

function headRows<T extends Float32Array | Int32Array>(
  data: T,
  size: number,
  head: number,
): T {
  return data.subarray(head * size, (head + 1) * size) as T;
}

function batchBias(
  items: readonly KvLayer[],
  kvHeads: number,
  entries: number,
): Float32Array {
  const missing = new Float32Array(items.length * kvHeads * entries); // [batch, kvHeads, 1, entries]
  return batchRows(
    items,
    kvHeads,
    missing.fill(MASKED),
    (item) => entryBias(kvHeads, item), // [kvHeads, 1, entries]
  );
}

/** Writes one number an entry of every item to `all`, which stays as it is where an item has fewer entries than the longest. */
function batchRows<T extends Float32Array | Int32Array>(
  items: readonly KvLayer[],
  kvHeads: number,
  all: T, // [batch, kvHeads, 1, entries]
  rowsOf: (item: KvLayer, index: number) => T, // [kvHeads, 1, entries]
): T {
  const entries = all.length / items.length / kvHeads;
  for (const [b, item] of items.entries()) {
    const rows = rowsOf(item, b);
    for (let h = 0; h < kvHeads; h++) {
      const at = (b * kvHeads + h) * entries;
      all.set(headRows(rows, item.entries, h), at);
    }
  }
  return all;
}
