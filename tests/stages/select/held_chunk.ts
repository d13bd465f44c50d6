import type { Chunk, KvChunk } from "../../../stages/mod.ts";

/** A chunk without keys and values that tells who is released. */
export function heldChunk(
  index: number,
  score: number,
  released: Set<number> = new Set(),
  place: Partial<Chunk> = {},
): KvChunk {
  const none = new Int32Array(0);
  return {
    chunk: {
      index,
      count: 4,
      lead: none,
      tokens: none,
      byteStart: 0,
      byteEnd: 0,
      line: 1,
      ...place,
    },
    cache: { kvHeads: 1, headDim: 1, layers: [], bytes: 0 },
    entriesBefore: 0,
    score,
    retain() {},
    release: () => void released.add(index),
  };
}
