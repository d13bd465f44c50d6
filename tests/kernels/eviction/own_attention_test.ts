import assert from "node:assert/strict";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import { naiveOwnAttention } from "../../stages/naive_own_attention.ts";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";

Deno.test("rowQueries() equals the queries of the same rows behind a shorter chunk", async () => {
  await using model = await randomModel();
  const ids = randomIds(40, 1);
  const rows = await model.rowQueries(ids, 33);
  const [behind] = await model.prefill([
    { ids: ids.slice(0, 33), tail: ids.slice(33) },
  ]);
  assert.equal(rows.rows, 7);
  assert.equal(rows.queries.length, smallConfig.layers);
  for (const [l, queries] of rows.queries.entries()) {
    const diff = maxDiff(queries, behind!.question!.queries[l]!);
    assert(diff < 1e-5, `layer ${l}: ${diff}`);
  }
});

Deno.test("rowQueries() refuses rows that the chunk does not have", async () => {
  await using model = await randomModel();
  await assert.rejects(
    model.rowQueries(randomIds(5, 1), 5),
    /Rows from 5 on were asked for in a chunk of 5 tokens/,
  );
});

Deno.test("ownAttention() equals naive softmax, evicted and ragged heads included", async () => {
  await using model = await randomModel();
  const ids = randomIds(150, 1);
  const [prefilled] = await model.prefill([{ ids }]);
  const full = prefilled!.cache;
  const rows = await model.rowQueries(ids, 3);
  const weights = Float32Array.from(
    { length: rows.rows },
    (_, i) => 1 + i % 3,
  );
  for (const cache of [full, everyThird(full)]) {
    const mass = await model.ownAttention(cache, rows, weights);
    const expected = naiveOwnAttention(cache, rows, weights);
    for (const [l, layer] of mass.entries()) {
      const diff = maxDiff(layer, expected[l]!);
      assert(diff < 1e-4, `layer ${l}: ${diff}`);
    }
  }
});

Deno.test("ownAttention() of a full cache: every row pays 1 in all", async () => {
  await using model = await randomModel();
  const ids = randomIds(20, 1);
  const [prefilled] = await model.prefill([{ ids }]);
  const rows = await model.rowQueries(ids, 0);
  const ones = new Float32Array(20).fill(1);
  const mass = await model.ownAttention(prefilled!.cache, rows, ones);
  for (const layer of mass) {
    for (let head = 0; head < smallConfig.heads; head++) {
      const paid = layer.subarray(head * 20, (head + 1) * 20)
        .reduce((a, b) => a + b, 0);
      assert(Math.abs(paid - 20) < 1e-3, `head ${head}: ${paid}`);
    }
  }
});

/** A cache that holds every third entry of the first KV head, and one more and padding in the others. */
function everyThird(cache: KvCache): KvCache {
  const { kvHeads, headDim } = cache;
  return {
    ...cache,
    layers: cache.layers.map(({ entries, keys, values, positions }) => {
      const kept = Math.ceil(entries / 3);
      const pick = (from: Float32Array) => {
        const to = new Float32Array(kvHeads * kept * headDim); // [kvHeads, kept, headDim]
        for (let at = 0; at < kvHeads * kept; at++) {
          const head = Math.floor(at / kept);
          const source = (head * entries + (at % kept) * 3) * headDim;
          to.set(from.subarray(source, source + headDim), at * headDim);
        }
        return to;
      };
      return {
        entries: kept,
        keys: pick(keys),
        values: pick(values),
        positions: Int32Array.from(
          { length: kvHeads * kept },
          (_, at) => positions[(at % kept) * 3]!,
        ),
        counts: Int32Array.from(
          { length: kvHeads },
          (_, head) => head === 0 ? kept : kept - 5,
        ),
      };
    }),
  };
}
