import { headEntries, type KvCache } from "../../mod.ts";

/** Which entries a cache holds, by layer and KV head. */
export interface KeptSets {
  /** Where every entry came from: chunk · 2³² + position inside it, in rising order. */
  readonly layers: readonly (readonly Float64Array[])[]; // layers × kvHeads × [entries]
}

const CHUNK = 2 ** 32;

/**
 * Reads what a cache holds, so that it can be released. Nothing where it does not say from which chunks.
 *
 * @param onlyChunk Where all entries came from, for a cache that does not say.
 * @param places Where what stands at each position of the cache stood in its chunk; absent: there.
 */
export function keptSets(
  { layers, kvHeads }: KvCache,
  onlyChunk?: number,
  places?: Int32Array, // [position]
): KeptSets | undefined {
  const sets: Float64Array[][] = [];
  for (const layer of layers) {
    const { entries, positions, chunks } = layer;
    if (!chunks && onlyChunk === undefined) return undefined;
    sets.push(
      Array.from({ length: kvHeads }, (_, head) => {
        const from = head * entries;
        const set = new Float64Array(headEntries(layer, head)); // [entries]
        for (let i = 0; i < set.length; i++) {
          const chunk = chunks?.[from + i] ?? onlyChunk!;
          const position = positions[from + i]!;
          set[i] = chunk * CHUNK + (places ? places[position]! : position);
        }
        return set.sort();
      }),
    );
  }
  return { layers: sets };
}

/** How far two sets are the same. */
export interface Overlap {
  readonly a: number;
  readonly b: number;
  readonly both: number;
  /** |A∩B| / |A∪B|; of two empty sets 1. */
  readonly jaccard: number;
  /** |A∩B| / |A|; of an empty A 1. */
  readonly share: number;
}

/** Overlap by layer and head; `undefined` where the caches have not the same layers and heads. */
export function overlaps(
  a: KeptSets,
  b: KeptSets,
): readonly (readonly Overlap[])[] | undefined {
  const alike = a.layers.length === b.layers.length &&
    a.layers.every((heads, l) => heads.length === b.layers[l]!.length);
  if (!alike) return undefined;
  return a.layers.map((heads, l) =>
    heads.map((set, h) => overlap(set, b.layers[l]![h]!))
  );
}

function overlap(a: Float64Array, b: Float64Array): Overlap {
  const inB = new Set(b);
  const both = a.reduce((sum, key) => sum + (inB.has(key) ? 1 : 0), 0);
  const either = a.length + b.length - both;
  return {
    a: a.length,
    b: b.length,
    both,
    jaccard: either === 0 ? 1 : both / either,
    share: a.length === 0 ? 1 : both / a.length,
  };
}
