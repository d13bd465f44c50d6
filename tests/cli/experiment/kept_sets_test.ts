import assert from "node:assert/strict";
import {
  type KeptSets,
  keptSets,
  overlaps,
} from "../../../cli/experiment/kept_sets.ts";
import { Arena, type KvCache, newCache } from "../../../mod.ts";

/** A cache of one layer and two heads that holds entries `[chunk, position]`. */
function cacheOf(heads: readonly (readonly (readonly number[])[])[]): KvCache {
  const counts = [Int32Array.from(heads, (head) => head.length)];
  const cache = newCache(new Arena(), {
    kvHeads: heads.length,
    headDim: 2,
    counts,
    merged: true,
  });
  const [layer] = cache.layers;
  for (const [h, head] of heads.entries()) {
    for (const [i, [chunk, position]] of head.entries()) {
      layer!.chunks![h * layer!.entries + i] = chunk!;
      layer!.positions[h * layer!.entries + i] = position!;
    }
  }
  return cache;
}

Deno.test("overlaps() tells entries of different chunks apart, and counts no padding", () => {
  const a = cacheOf([[[0, 1], [0, 2], [1, 1]], [[0, 1]]]);
  const b = cacheOf([[[0, 1], [1, 1], [1, 2], [2, 2]], [[0, 1], [0, 0]]]);
  const [layer] = overlaps(keptSets(a)!, keptSets(b)!)!;
  assert.deepEqual(layer, [
    { a: 3, b: 4, both: 2, jaccard: 2 / 5, share: 2 / 3 },
    { a: 1, b: 2, both: 1, jaccard: 1 / 2, share: 1 },
  ]);
});

Deno.test("overlaps() of empty sets is 1, and nothing where shapes differ", () => {
  const sets = (...sizes: number[]): KeptSets => ({
    layers: [
      sizes.map((size) => Float64Array.from({ length: size }, (_, i) => i)),
    ],
  });
  assert.deepEqual(overlaps(sets(0), sets(0))![0], [
    { a: 0, b: 0, both: 0, jaccard: 1, share: 1 },
  ]);
  assert.equal(overlaps(sets(2), sets(2))![0]![0]!.jaccard, 1);
  assert.equal(overlaps(sets(1, 1), sets(1)), undefined);
});

Deno.test("keptSets() takes a cache without chunks for the only one", () => {
  const cache = cacheOf([[[0, 3]], [[0, 4]]]);
  const bare = {
    ...cache,
    layers: cache.layers.map(({ chunks: _, ...layer }) => layer),
  };
  assert.equal(keptSets(bare), undefined);
  assert.deepEqual(keptSets(bare, 0), keptSets(cache));
  assert.notDeepEqual(keptSets(bare, 1), keptSets(cache));
});

Deno.test("keptSets() reads positions as places in their chunks where tokens were read again", () => {
  const again = cacheOf([[[0, 0], [0, 1], [2, 2]], [[0, 1], [2, 3]]]);
  const merged = cacheOf([[[0, 0], [0, 7], [2, 5]], [[0, 7], [2, 9]]]);
  const places = Int32Array.of(0, 7, 5, 9);
  assert.deepEqual(keptSets(again, undefined, places), keptSets(merged));
  assert.notDeepEqual(keptSets(again), keptSets(merged));
});
