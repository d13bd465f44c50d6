import assert from "node:assert/strict";
import type { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import type {
  EntryKernelInput,
  EvictedItem,
  Eviction,
} from "../../../kernels/eviction/eviction.ts";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";

/** Every head by itself; scores say what they like about padding. */
const own: Eviction = {
  rule: {},
  key: "test",
  attention: false,
  share: "none",
  vectors: true,
  score: (g, { values }) =>
    g.op("ReduceL2", [values, g.ints(3)], { keepdims: 0 }), // [batch, kvHeads, rows]
};

/** The rows of the largest norms, by hand. */
function largest(
  { keys, values }: KvCache["layers"][number],
  head: number,
  keep: number,
  of: "keys" | "values",
): number[] {
  const { headDim, kvHeads } = smallConfig;
  const all = of === "keys" ? keys : values; // [kvHeads, entries, headDim]
  const entries = all.length / kvHeads / headDim;
  const norms = Array.from({ length: entries }, (_, i) => {
    const from = (head * entries + i) * headDim;
    return Math.hypot(...all.subarray(from, from + headDim));
  });
  return [...norms.keys()].sort((a, b) => norms[b]! - norms[a]! || a - b)
    .slice(0, keep).sort((a, b) => a - b);
}

const item = (ids: Int32Array, keep: number): EvictedItem => ({
  ids,
  keep,
  lead: 0,
  safe: new Uint8Array(ids.length),
});

Deno.test("prefillEvicted() keeps what the rule scores highest, of uneven items too", async () => {
  await using model = await randomModel();
  const batch = [
    item(randomIds(50, 1), 20),
    item(randomIds(17, 2), 5),
    item(randomIds(8, 3), 8),
  ];
  const full = await model.prefill(batch);
  const kept = await model.prefillEvicted(batch, own);
  const { headDim } = smallConfig;
  for (const [b, { cache }] of kept.entries()) {
    const { keep, ids } = batch[b]!;
    assert.equal(cache.bytes, keep * model.bytesPerEntry);
    for (const [l, layer] of cache.layers.entries()) {
      const whole = full[b]!.cache.layers[l]!;
      for (let head = 0; head < smallConfig.kvHeads; head++) {
        const rows = [
          ...layer.positions.subarray(head * keep, (head + 1) * keep),
        ];
        assert.deepEqual(rows, largest(whole, head, keep, "values"));
        for (const [i, row] of rows.entries()) {
          const at = (head * keep + i) * headDim;
          const from = (head * ids.length + row) * headDim;
          for (const name of ["keys", "values"] as const) {
            const got = layer[name].subarray(at, at + headDim);
            const wanted = whole[name].subarray(from, from + headDim);
            assert(
              maxDiff(got, wanted) < 1e-5,
              `item ${b}, layer ${l}, ${name}`,
            );
          }
        }
      }
    }
  }
});

/** The same scores for every layer and head, by position. */
const planted = (
  scores: readonly number[],
  share: Eviction["share"] = "none",
): Eviction => ({
  rule: scores,
  key: scores.join(),
  attention: false,
  share,
  vectors: false,
  score: (g, { positions }) =>
    g.op("Unsqueeze", [
      g.op("Gather", [
        g.constant(Float32Array.from(scores), [scores.length]),
        positions,
      ]), // [rows]
      g.ints(0, 1),
    ]), // [1, 1, rows]
});

async function keptOf(eviction: Eviction, change: Partial<EvictedItem> = {}) {
  await using model = await randomModel();
  const [kept] = await model.prefillEvicted(
    [{ ...item(randomIds(12, 1), 5), ...change }],
    eviction,
  );
  const { layers, kvHeads } = kept!.cache;
  const rows = [...layers[0]!.positions.subarray(0, layers[0]!.entries)];
  for (const layer of layers) {
    for (let head = 0; head < kvHeads; head++) {
      const from = head * layer.entries;
      assert.deepEqual([
        ...layer.positions.subarray(from, from + layer.entries),
      ], rows);
    }
  }
  return rows;
}

Deno.test("prefillEvicted() takes the smaller index of equal scores", async () => {
  assert.deepEqual(await keptOf(planted(Array(12).fill(1))), [0, 1, 2, 3, 4]);
  const ties = planted([1, 2, 1, 2, 1, 3, 1, 1, 1, 1, 1, 2]);
  assert.deepEqual(await keptOf(ties), [0, 1, 3, 5, 11]);
  for (const share of ["layer", "model"] as const) {
    const shared = { ...ties, share };
    assert.deepEqual(await keptOf(shared), [0, 1, 3, 5, 11]);
  }
});

Deno.test("prefillEvicted() protects the first and the last entries, also from infinite scores", async () => {
  const scores = [
    0,
    1,
    2,
    3,
    Infinity,
    Infinity,
    Infinity,
    Infinity,
    1,
    -Infinity,
    -Infinity,
    0,
  ];
  assert.deepEqual(
    await keptOf(planted(scores), {
      safe: Uint8Array.from(scores, (_, i) => i < 2 || i > 9 ? 1 : 0),
    }),
    [0, 1, 4, 10, 11],
  );
});

Deno.test("prefillEvicted() says where a score is not a number", async () => {
  const scores = Array(12).fill(1);
  scores[3] = NaN;
  await assert.rejects(keptOf(planted(scores)), {
    name: "RangeError",
    message: "Score of chunk 0, layer 0, KV head 0, entry 3 is not a number",
  });
});

Deno.test("prefillEvicted() names the chunk and the head of a score that is not a number", async () => {
  await using model = await randomModel();
  const { kvHeads } = smallConfig;
  const table = new Float32Array(kvHeads * 40); // [kvHeads, 40]
  table[40 + 9] = NaN;
  const bad: Eviction = {
    ...planted([]),
    score: (g, { layer, positions }) => {
      const scores = g.constant(
        layer === 1 ? table : new Float32Array(table.length),
        [1, kvHeads, 40],
      );
      return g.op("Gather", [scores, positions], { axis: 2 }); // [1, kvHeads, rows]
    },
  };
  const tail = randomIds(3, 4);
  const batch = [
    { ...item(randomIds(8, 1), 5), tail, chunk: 6 }, // its row 9 is the question's
    { ...item(randomIds(12, 2), 5), tail, chunk: 7 },
  ];
  await assert.rejects(model.prefillEvicted(batch, bad), {
    name: "RangeError",
    message: "Score of chunk 7, layer 1, KV head 1, entry 9 is not a number",
  });
});

Deno.test("prefillEvicted() opens one session for evictions with one rule and key", async () => {
  await using model = await randomModel();
  let built = 0;
  const counted: Eviction = {
    ...own,
    score: (g: GraphBuilder, input: EntryKernelInput) => {
      built++;
      return own.score(g, input);
    },
  };
  for (const keep of [3, 4]) {
    await model.prefillEvicted([item(randomIds(9, 1), keep)], counted);
  }
  assert.equal(built, smallConfig.layers);
  await model.prefillEvicted(
    [item(randomIds(9, 1), 3)],
    { ...counted, share: "model" },
  );
  assert.equal(built, 2 * smallConfig.layers);
});

Deno.test("prefillEvicted() keeps two sessions open, and opens one that was closed again", async () => {
  await using model = await randomModel();
  const built: string[] = [];
  const run = async (key: string) => {
    const score: Eviction["score"] = (g, input) => {
      if (input.layer === 0) built.push(key);
      return own.score(g, input);
    };
    const batch = [item(randomIds(12, 1), 5)];
    const [kept] = await model.prefillEvicted(batch, { ...own, key, score });
    return [...kept!.cache.layers[0]!.positions];
  };
  const first = await run("a");
  for (const key of ["b", "a", "c", "a"]) await run(key);
  assert.deepEqual(built, ["a", "b", "c"]);
  await run("b");
  assert.deepEqual(built, ["a", "b", "c", "b"]);
  const together = await Promise.all(["a", "b", "c", "d", "e"].map(run));
  for (const positions of together) assert.deepEqual(positions, first);
});

Deno.test("prefillEvicted() does not take one rule for another of the same name", async () => {
  await using model = await randomModel();
  const shortest: Eviction = {
    ...own,
    rule: {},
    score: (g, input) => g.op("Neg", [own.score(g, input)]), // [batch, kvHeads, rows]
  };
  const batch = [item(randomIds(12, 1), 5)];
  const [long] = await model.prefillEvicted(batch, own);
  const [short] = await model.prefillEvicted(batch, shortest);
  const kept = [long!, short!].map(({ cache }) =>
    new Set(cache.layers[0]!.positions.subarray(0, 5))
  );
  assert.equal(kept[0]!.isDisjointFrom(kept[1]!), true);
});

Deno.test("prefillEvicted() refuses to keep more entries than there are", async () => {
  await using model = await randomModel();
  await assert.rejects(
    model.prefillEvicted([item(randomIds(5, 1), 6)], own),
    { name: "RangeError", message: "Cannot keep 6 of 5 entries" },
  );
});
