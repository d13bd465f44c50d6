import assert from "node:assert/strict";
import type { KvCache, KvLayer } from "../../kernels/cache/kv_cache.ts";
import { headEntries } from "../../stages/cache/new_cache.ts";
import { maxDiff } from "../kernels/random_model.ts";
import type { CaseRun } from "./case_run.ts";
import type { CaseGolden } from "./golden_case.ts";
import { eachHead, heldPositions, raggedRows } from "./held_entries.ts";

/**
 * The cache that is decoded over: entries by layer and head and their positions exactly, keys and values to 1e-3
 * (where the golden holds sums and samples instead: sums to 1e-5 of the absolute sum). Gives the largest difference
 * of a key or value.
 */
export function assertMergedAgrees(
  { context }: Pick<CaseRun, "context">,
  golden: CaseGolden,
): number {
  const { cache, position } = context;
  assert.equal(position, golden.facts.position);
  assert.deepEqual(
    eachHead(cache, headEntries),
    [...golden.int32("merged_counts").data],
  );
  assert.deepEqual(
    heldPositions(cache),
    raggedRows(golden.int16("merged_positions")),
  );
  const worst = golden.names.includes("merged_keys")
    ? wholeDifference(cache, golden)
    : sampledDifference(cache, golden);
  assert(worst < 1e-3, `largest difference ${worst}`);
  return worst;
}

const kinds = ["keys", "values"] as const;

function wholeDifference(cache: KvCache, golden: CaseGolden): number {
  const differences = kinds.map((kind) => {
    const { shape, data } = golden.float32(`merged_${kind}`);
    const size = shape[2]! * shape[3]!; // [entries, headDim]
    const heads = eachHead(cache, (layer, head, l) => {
      const held = heldVectors(layer, kind, head, cache.headDim);
      const from = (l * cache.kvHeads + head) * size;
      return maxDiff(held, data.subarray(from, from + held.length));
    });
    return Math.max(...heads);
  });
  return Math.max(...differences);
}

function sampledDifference(cache: KvCache, golden: CaseGolden): number {
  const sums = golden.float32("merged_sums").data; // [layers, kvHeads, 2, 2]
  const samples = golden.float32("merged_samples").data; // [layers, kvHeads, 2, 16]
  const at = golden.int32("merged_samples_at").data; // [16, 2]
  let row = 0;
  const differences = eachHead(cache, (layer, head) =>
    kinds.map((kind) => {
      const held = heldVectors(layer, kind, head, cache.headDim);
      const [sum, absolutes] = sums.subarray(2 * row, 2 * row + 2);
      let [total, size] = [0, 0];
      for (const value of held) {
        total += value;
        size += Math.abs(value);
      }
      const allowed = 1e-5 * absolutes!;
      assert(Math.abs(total - sum!) < allowed, `sum ${total}, not ${sum}`);
      assert(Math.abs(size - absolutes!) < allowed, `absolute sum ${size}`);
      const ours = Float32Array.from(
        { length: 16 },
        (_, i) => held[at[2 * i]! * cache.headDim + at[2 * i + 1]!]!,
      );
      return maxDiff(ours, samples.subarray(16 * row, 16 * ++row));
    }));
  return Math.max(...differences.flat());
}

function heldVectors(
  layer: KvLayer,
  kind: "keys" | "values",
  head: number,
  headDim: number,
): Float32Array {
  const from = head * layer.entries * headDim;
  const to = from + headEntries(layer, head) * headDim;
  return layer[kind].subarray(from, to);
}
