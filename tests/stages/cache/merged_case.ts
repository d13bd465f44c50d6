import type { KvCache, KvLayer } from "../../../kernels/cache/kv_cache.ts";
import {
  type Chunk,
  type MergedContext,
  type MergedSource,
  ownMergedContext,
} from "../../../stages/mod.ts";

/** An entry: its chunk and its position in it. */
export type Place = readonly [chunk: number, position: number];

/** A layer of a merged cache; heads with fewer entries are padded. */
export function layerOf(heads: readonly (readonly Place[])[]): KvLayer {
  const entries = Math.max(...heads.map((head) => head.length));
  const padding: Place = [0, 0];
  const all = heads.flatMap((head) =>
    Array.from({ length: entries }, (_, i) => head[i] ?? padding)
  );
  const ragged = heads.some((head) => head.length < entries);
  return {
    entries,
    keys: new Float32Array(all.length), // [kvHeads, entries, 1]
    values: new Float32Array(all.length), // [kvHeads, entries, 1]
    positions: Int32Array.from(all, ([, position]) => position), // [kvHeads, entries]
    chunks: Int32Array.from(all, ([chunk]) => chunk), // [kvHeads, entries]
    ...(ragged && { counts: Int32Array.from(heads, (head) => head.length) }), // [kvHeads]
  };
}

/** A merged cache of heads of one channel. */
export function cacheOf(layers: readonly KvLayer[], kvHeads: number): KvCache {
  const bytes = layers.reduce((sum, l) => sum + 2 * 4 * l.keys.length, 0);
  return { kvHeads, headDim: 1, layers, bytes };
}

/** A chunk whose ids say where they stand: 100 × chunk + place among its tokens. */
export function sourceOf(
  index: number,
  length: number,
  { lead = 1, merit }: { lead?: number; merit?: number } = {},
): MergedSource {
  const chunk: Chunk = {
    index,
    count: 9,
    lead: new Int32Array(lead),
    tokens: Int32Array.from({ length }, (_, i) => 100 * index + i),
    byteStart: 0,
    byteEnd: 0,
    line: 1,
  };
  return { chunk, ...(merit !== undefined && { merit }) };
}

/** A context of what heads hold, by layer. */
export function contextOf(
  layers: readonly (readonly (readonly Place[])[])[],
  sources?: readonly MergedSource[],
): MergedContext {
  const chunks = [
    ...new Set(layers.flat(2).map(([chunk]) => chunk)),
  ].sort((a, b) => a - b);
  return ownMergedContext({
    cache: cacheOf(layers.map(layerOf), layers[0]!.length),
    position: 50,
    kept: chunks.map((chunk) => ({
      chunk,
      byteStart: 0,
      byteEnd: 0,
      line: 1,
      score: null,
      entries: 0,
      entriesBefore: 50,
    })),
    chunks: 9,
    ...(sources && { sources }),
  });
}
