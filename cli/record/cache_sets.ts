import {
  headEntries,
  type KvCache,
  type KvLayer,
  type MergedContext,
} from "../../mod.ts";
import type { PositionLists } from "./position_lists.ts";

/** Lists of positions, by index, for every layer and KV head. */
export interface HeadSets {
  /** What is held. */
  readonly heads: readonly number[]; // [layers, kvHeads]
  /** What a calibrator gave less weight than it has by itself; absent where no entry is weighed. */
  readonly lowered?: readonly number[]; // [layers, kvHeads]
  /** What it gave more. */
  readonly raised?: readonly number[]; // [layers, kvHeads]
}

/** What is held of every chunk. */
export type ChunkSets = ReadonlyMap<number, HeadSets>;

/** Whether an entry of a layer counts, by its index in `[kvHeads, entries]`. */
type Counts = (layer: KvLayer, at: number) => boolean;

/** What a chunk's cache holds. */
export function chunkSets(
  cache: KvCache,
  chunk: number,
  lists: PositionLists,
): ChunkSets {
  return new Map([[chunk, headSets(cache, lists)]]);
}

/**
 * What a merged context holds of every chunk, at the positions inside it, also where they were read again at others;
 * entries that do not say where they came from are left out.
 */
export function mergedSets(
  { cache, kept, places }: Pick<MergedContext, "cache" | "kept" | "places">,
  lists: PositionLists,
): ChunkSets {
  const placed = places ? inChunks(cache, places) : cache;
  return new Map(kept.map(({ chunk }) => [
    chunk,
    headSets(placed, lists, (layer, at) => layer.chunks?.[at] === chunk),
  ]));
}

/** The cache, read as if every entry stood where it stood in its chunk. */
function inChunks(cache: KvCache, places: Int32Array): KvCache {
  const layers = cache.layers.map((layer) => ({
    ...layer,
    positions: layer.positions.map((at) => places[at]!), // [kvHeads, entries]
  }));
  return { ...cache, layers };
}

function headSets(
  cache: KvCache,
  lists: PositionLists,
  own?: Counts,
): HeadSets {
  const heads = listed(cache, lists, own);
  if (!cache.layers.some(({ bias }) => bias?.some((value) => value !== 0))) {
    return { heads };
  }
  const weighed = (sign: number) =>
    listed(
      cache,
      lists,
      (layer, at) =>
        sign * (layer.bias?.[at] ?? 0) > 0 && (own?.(layer, at) ?? true),
    );
  return { heads, lowered: weighed(-1), raised: weighed(1) };
}

/** Positions of the real entries that count, for every layer and KV head. */
function listed(
  { layers, kvHeads }: KvCache,
  lists: PositionLists,
  counts?: Counts,
): number[] {
  return layers.flatMap((layer) =>
    Array.from({ length: kvHeads }, (_, head) => {
      const from = head * layer.entries;
      const to = from + headEntries(layer, head);
      const real = layer.positions.subarray(from, to); // [entries]
      return lists.add(
        counts ? real.filter((_, i) => counts(layer, from + i)) : real,
      );
    })
  );
}
