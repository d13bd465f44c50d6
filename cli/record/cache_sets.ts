import { headEntries, type KvCache, type KvLayer } from "../../mod.ts";
import type { PositionLists } from "./position_lists.ts";

/** Indices of lists for every layer and KV head, by chunk. */
export type ChunkSets = ReadonlyMap<number, readonly number[]>; // chunk → [layers, kvHeads]

/** What a chunk's cache holds. */
export function chunkSets(
  cache: KvCache,
  chunk: number,
  lists: PositionLists,
): ChunkSets {
  const heads = everyHead(
    cache,
    (layer, from, to) => lists.add(layer.positions.subarray(from, to)),
  );
  return new Map([[chunk, heads]]);
}

/** What a merged cache holds of every chunk; entries that do not say where they came from are left out. */
export function mergedSets(
  cache: KvCache,
  chunks: readonly number[],
  lists: PositionLists,
): ChunkSets {
  return new Map(chunks.map((chunk) => [
    chunk,
    everyHead(cache, (layer, from, to) => {
      const own = layer.positions.subarray(from, to).filter((_, i) =>
        layer.chunks?.[from + i] === chunk
      );
      return lists.add(own);
    }),
  ]));
}

/** Calls `read` with the real entries `[from, to)` of every layer and KV head. */
function everyHead(
  { layers, kvHeads }: KvCache,
  read: (layer: KvLayer, from: number, to: number) => number,
): number[] {
  return layers.flatMap((layer) =>
    Array.from({ length: kvHeads }, (_, head) => {
      const from = head * layer.entries;
      return read(layer, from, from + headEntries(layer, head));
    })
  );
}
