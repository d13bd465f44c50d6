import type { Arena } from "./arena.ts";
import type { Int8Entries, KvCache, KvLayer } from "./kv_cache.ts";

/** The largest 8-bit number that is used; −128 is not, so that signs are alike. */
const MOST = 127;

/** Refuses a cache of 8-bit entries where floats are read. */
export function requireFloats({ layers }: KvCache): void {
  if (layers.some(({ int8 }) => int8)) {
    throw new TypeError(
      "This needs keys and values as floats, the cache has 8-bit ones; put quantise.int8 behind it",
    );
  }
}

/**
 * The cache in 8 bits, as a new one (KIVI, arXiv 2402.02750, with 8 bits and without a zero point): scale = most
 * absolute value / 127, number = round(value / scale). Keys have one scale a head and channel, because a few channels
 * are far larger than the rest in all entries; values have one an entry. The error of a number is at most scale / 2.
 */
export function int8Cache(arena: Arena, cache: KvCache): KvCache {
  requireFloats(cache);
  const { kvHeads, headDim } = cache;
  const size = (layer: KvLayer) =>
    kvHeads * (layer.entries * (2 * headDim + 4) + headDim * 4);
  const rest = (layer: KvLayer) => {
    const words = layer.positions.length + (layer.chunks?.length ?? 0) +
      (layer.bias?.length ?? 0);
    return 4 * words;
  };
  const sum = (bytes: (layer: KvLayer) => number) =>
    cache.layers.reduce((total, layer) => total + bytes(layer), 0);
  const buffer = arena.allocate(sum(size) + sum(rest));
  let at = 0;
  const take = (length: number) => {
    const taken = new Float32Array(buffer, at, length);
    at += taken.byteLength;
    return taken;
  };
  const copy = <T extends Float32Array | Int32Array>(data: T): T => {
    const Kind = data.constructor as new (
      buffer: SharedArrayBuffer,
      offset: number,
      length: number,
    ) => T;
    const taken = new Kind(buffer, at, data.length);
    taken.set(data);
    at += taken.byteLength;
    return taken;
  };
  // What is aligned to 4 bytes comes first, all 8-bit numbers behind it.
  const words = cache.layers.map((layer) => ({
    keyScales: take(kvHeads * headDim), // [kvHeads, headDim]
    valueScales: take(kvHeads * layer.entries), // [kvHeads, entries]
    positions: copy(layer.positions), // [kvHeads, entries]
    ...(layer.chunks && { chunks: copy(layer.chunks) }), // [kvHeads, entries]
    ...(layer.bias && { bias: copy(layer.bias) }), // [kvHeads, entries]
  }));
  const bytes = (length: number) => {
    const taken = new Int8Array(buffer, at, length);
    at += length;
    return taken;
  };
  const none = new Float32Array(0);
  const layers = cache.layers.map((layer, l): KvLayer => {
    const { keyScales, valueScales, ...entries } = words[l]!;
    const int8: Int8Entries = {
      keys: bytes(layer.keys.length), // [kvHeads, entries, headDim]
      values: bytes(layer.values.length), // [kvHeads, entries, headDim]
      keyScales,
      valueScales,
    };
    fill(layer, int8, kvHeads, headDim);
    return { ...layer, ...entries, keys: none, values: none, int8 };
  });
  return {
    ...cache,
    layers,
    bytes: sum(size),
    dispose: () => arena.release(buffer),
  };
}

function fill(
  { entries, keys, values, counts }: KvLayer,
  { keys: k8, values: v8, keyScales, valueScales }: Int8Entries,
  kvHeads: number,
  headDim: number,
): void {
  for (let head = 0; head < kvHeads; head++) {
    const first = head * entries;
    const end = first + (counts?.[head] ?? entries);
    const scales = keyScales.subarray(head * headDim, (head + 1) * headDim); // [headDim]
    scales.fill(0);
    for (let e = first; e < end; e++) {
      for (let d = 0; d < headDim; d++) {
        const size = Math.abs(keys[e * headDim + d]!);
        if (size > scales[d]!) scales[d] = size;
      }
    }
    for (let d = 0; d < headDim; d++) scales[d]! /= MOST;
    for (let e = first; e < end; e++) {
      let most = 0;
      for (let d = 0; d < headDim; d++) {
        const at = e * headDim + d;
        k8[at] = rounded(keys[at]!, scales[d]!);
        const size = Math.abs(values[at]!);
        if (size > most) most = size;
      }
      valueScales[e] = most / MOST;
      const scale = valueScales[e]!; // as fp32
      for (let at = e * headDim; at < (e + 1) * headDim; at++) {
        v8[at] = rounded(values[at]!, scale);
      }
    }
    // Padding: the memory may have been another cache's.
    valueScales.fill(0, end, first + entries);
    k8.fill(0, end * headDim, (first + entries) * headDim);
    v8.fill(0, end * headDim, (first + entries) * headDim);
  }
}

function rounded(value: number, scale: number): number {
  if (scale === 0) return 0;
  const number = Math.round(value / scale);
  return number > MOST ? MOST : number < -MOST ? -MOST : number;
}
