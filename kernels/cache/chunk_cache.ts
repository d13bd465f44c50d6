import type { ModelConfig } from "../../io/model_config.ts";
import type { Arena } from "./arena.ts";
import { heldEntries } from "./held_entries.ts";
import type { KvCache, KvLayer } from "./kv_cache.ts";
import type { PrefillItem } from "../prefill/prefill_item.ts";
import type { OutputCopy } from "../engine/protocol.ts";
import { itemFactors } from "../rope/rope_factors.ts";

/** Bytes of one KV entry over all layers, fp32, where all of them hold it. */
export function bytesPerEntry(config: ModelConfig): number {
  return config.layers * 2 * config.kvHeads * config.headDim * 4;
}

/**
 * A cache on memory of the arena, ready to be filled by a worker, or without keys and values where there is none:
 * `keep` entries a head at most of a chunk,
 * fewer in layers that hold fewer. Positions are those of the newest ones.
 */
export function allocateCache(
  arena: Arena | undefined,
  config: ModelConfig,
  item: PrefillItem,
  keep: (layer: number) => number = () => Infinity,
): KvCache {
  const { kvHeads, headDim } = config;
  const { length } = item.ids;
  const counts = Array.from(
    { length: config.layers },
    (_, l) => Math.min(keep(l), heldEntries(config, l, length)),
  ); // [layers]
  const total = counts.reduce((a, b) => a + b, 0);
  const bytes = total * 2 * kvHeads * headDim * 4;
  const buffer = arena?.allocate(bytes) ?? new SharedArrayBuffer(0);
  const positions = new Map<number, Int32Array>(); // layers that hold as much have the same
  let at = 0;
  const take = (values: number) => {
    const size = arena ? values : 0;
    const taken = new Float32Array(buffer, at, size);
    at += taken.byteLength;
    return taken;
  };
  const layers = counts.map((entries): KvLayer => {
    let newest = positions.get(entries);
    if (!newest) {
      newest = Int32Array.from(
        { length: kvHeads * entries },
        (_, i) => length - entries + i % entries,
      ); // [kvHeads, entries]
      positions.set(entries, newest);
    }
    const size = kvHeads * entries * headDim;
    return {
      entries,
      keys: take(size), // [kvHeads, entries, headDim]
      values: take(size), // [kvHeads, entries, headDim]
      positions: newest,
    };
  });
  const factors = itemFactors(config, item);
  let held = true;
  return {
    kvHeads,
    headDim,
    layers,
    bytes,
    ...(factors && { ropeFactors: factors }),
    dispose: () => {
      if (held) arena?.release(buffer);
      held = false;
    },
  };
}

/** Rows that an item's head has in an output, and the first one that a cache takes. */
export interface OutputPlace {
  readonly rows: number;
  readonly first: number;
}

/**
 * Copies that fill `cache` from item `item` of a padded batch: outputs `keys.l` and `values.l`, or others with a
 * prefix, are [batch, kvHeads, rows, headDim], the cache takes `entries` rows of every head.
 *
 * @param place Rows of the output, and the first one that is taken, by layer.
 */
export function cacheCopies(
  cache: KvCache,
  item: number,
  place: (layer: KvLayer, l: number) => OutputPlace,
  prefix = "",
): OutputCopy[] {
  const { kvHeads, headDim } = cache;
  return cache.layers.flatMap((layer, l) => {
    const { entries, keys, values } = layer;
    const { rows, first } = place(layer, l);
    const length = entries * headDim;
    return Array.from({ length: kvHeads }, (_, h) => {
      const from = ((item * kvHeads + h) * rows + first) * headDim;
      const copy = (output: string, target: Float32Array): OutputCopy => ({
        output,
        from,
        length,
        target: target.subarray(h * length, (h + 1) * length), // [entries, headDim]
      });
      return [
        copy(`${prefix}keys.${l}`, keys),
        copy(`${prefix}values.${l}`, values),
      ];
    }).flat();
  });
}
