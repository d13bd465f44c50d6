import type { ModelConfig } from "../io/model_config.ts";
import type { Arena } from "./arena.ts";
import type { KvCache, KvLayer } from "./kv_cache.ts";
import type { OutputCopy } from "./protocol.ts";

/** Bytes of one KV entry over all layers, fp32. */
export function bytesPerEntry(config: ModelConfig): number {
  return config.layers * 2 * config.kvHeads * config.headDim * 4;
}

/** A cache of `entries` entries a head on memory of the arena, ready to be filled by a worker. */
export function allocateCache(
  arena: Arena,
  config: ModelConfig,
  entries: number,
): KvCache {
  const { kvHeads, headDim } = config;
  const buffer = arena.allocate(entries * bytesPerEntry(config));
  const size = kvHeads * entries * headDim;
  const positions = Int32Array.from(
    { length: kvHeads * entries },
    (_, i) => i % entries,
  ); // [kvHeads, entries]
  const layers = Array.from({ length: config.layers }, (_, l): KvLayer => ({
    entries,
    keys: new Float32Array(buffer, 2 * l * size * 4, size), // [kvHeads, entries, headDim]
    values: new Float32Array(buffer, (2 * l + 1) * size * 4, size), // [kvHeads, entries, headDim]
    positions,
  }));
  let held = true;
  return {
    kvHeads,
    headDim,
    layers,
    bytes: layers.length * 2 * size * 4,
    dispose: () => {
      if (held) arena.release(buffer);
      held = false;
    },
  };
}

/**
 * Copies that fill `cache` from item `item` of a padded batch: outputs `keys.l` and `values.l`, or others with a
 * prefix, are [batch, kvHeads, rows, headDim], the cache takes the first `entries` rows of every head.
 */
export function cacheCopies(
  cache: KvCache,
  item: number,
  rows: number,
  prefix = "",
): OutputCopy[] {
  const { kvHeads, headDim } = cache;
  return cache.layers.flatMap(({ entries, keys, values }, l) => {
    const length = entries * headDim;
    return Array.from({ length: kvHeads }, (_, h) => {
      const from = (item * kvHeads + h) * rows * headDim;
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
