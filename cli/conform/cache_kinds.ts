import {
  Arena,
  headEntries,
  keepEntries,
  type KvCache,
  type KvLayer,
} from "../../mod.ts";
import { copyCache } from "./cache_copy.ts";

/** Keys and values as a cache of 16-bit floats would hold them. */
export function halfPrecision(cache: KvCache): KvCache {
  const rounded = copyCache(cache);
  for (const { keys, values } of rounded.layers) {
    for (const data of [keys, values]) {
      for (let i = 0; i < data.length; i++) data[i] = Math.f16round(data[i]!);
    }
  }
  return rounded;
}

/** Every key and every value is the same: all scores that look at them are ties. */
export function equalKeys(cache: KvCache): KvCache {
  const equal = copyCache(cache);
  for (const { keys, values } of equal.layers) {
    keys.fill(0.25);
    values.fill(0.5);
  }
  return equal;
}

/**
 * What stages leave that let every head keep its own entries (a half to three quarters, the lead always) and weigh
 * entries by a bias.
 */
export function raggedHeads(cache: KvCache): KvCache {
  const keep = cache.layers.map((layer, l) => raggedMask(cache, layer, l));
  const layers = cache.layers.map((layer) => ({
    ...layer,
    bias: Float32Array.from(layer.positions, (at) => -(at % 4) / 2), // [kvHeads, entries]
  }));
  return keepEntries(new Arena(), [{ cache: { ...cache, layers }, keep }]);
}

function raggedMask(cache: KvCache, layer: KvLayer, l: number): Uint8Array {
  const mask = new Uint8Array(cache.kvHeads * layer.entries); // [kvHeads, entries]
  for (let head = 0; head < cache.kvHeads; head++) {
    const every = 2 + (l + head) % 3;
    for (let i = 0; i < headEntries(layer, head); i++) {
      const at = head * layer.entries + i;
      const kept = layer.positions[at]! < 3 || (i * 7 + l) % every > 0;
      mask[at] = kept ? 1 : 0;
    }
  }
  return mask;
}
