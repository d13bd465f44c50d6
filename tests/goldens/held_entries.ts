import assert from "node:assert/strict";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";
import { headEntries } from "../../stages/cache/new_cache.ts";
import type { GoldenTensor } from "../golden.ts";

/** An entry by layer, KV head and index. */
export type Place = readonly [layer: number, head: number, entry: number];

/** Calls `visit` for every KV head of every layer, in order. */
export function eachHead<T>(
  cache: KvCache,
  visit: (layer: KvLayer, head: number, l: number) => T,
): T[] {
  return cache.layers.flatMap((layer, l) =>
    Array.from({ length: cache.kvHeads }, (_, head) => visit(layer, head, l))
  );
}

/** Positions of the real entries of every head: [layers · kvHeads], ragged. */
export function heldPositions(cache: KvCache): number[][] {
  return eachHead(cache, (layer, head) => {
    const from = head * layer.entries;
    const to = from + headEntries(layer, head);
    return [...layer.positions.subarray(from, to)];
  });
}

/** The rows of a golden's ragged tensor [layers, kvHeads, n], without the −1 behind them. */
export function raggedRows({ shape, data }: GoldenTensor<Int16Array>) {
  const width = shape.at(-1)!;
  return Array.from(
    { length: data.length / width },
    (_, row) =>
      [...data.subarray(row * width, (row + 1) * width)].filter((i) => i >= 0),
  );
}

/** Indices in `before` of what `after` still holds, by position and key: [layers · kvHeads], ragged. */
export function survivors(before: KvCache, after: KvCache): number[][] {
  return eachHead(before, (layer, head, l) => {
    const left = after.layers[l]!;
    const count = headEntries(left, head);
    const kept: number[] = [];
    for (let i = 0; i < headEntries(layer, head); i++) {
      const [a, b] = [
        head * layer.entries + i,
        head * left.entries + kept.length,
      ];
      const same = kept.length < count &&
        layer.positions[a] === left.positions[b] &&
        sameVector(layer, left, a, b, before.headDim);
      if (same) kept.push(i);
    }
    assert.equal(
      kept.length,
      count,
      `layer ${l}, head ${head} holds what was not there`,
    );
    return kept;
  });
}

/** What was dropped between two caches, as indices in `before`. */
export function droppedPlaces(before: KvCache, after: KvCache): Place[] {
  const kept = survivors(before, after);
  return eachHead(before, (layer, head, l) => {
    const held = new Set(kept[l * before.kvHeads + head]);
    return Array.from({ length: headEntries(layer, head) }, (_, i) => i)
      .filter((i) => !held.has(i))
      .map((i): Place => [l, head, i]);
  }).flat();
}

function sameVector(
  one: KvLayer,
  other: KvLayer,
  a: number,
  b: number,
  headDim: number,
): boolean {
  for (const name of ["keys", "values"] as const) {
    for (let d = 0; d < headDim; d++) {
      if (one[name][a * headDim + d] !== other[name][b * headDim + d]) {
        return false;
      }
    }
  }
  return true;
}
