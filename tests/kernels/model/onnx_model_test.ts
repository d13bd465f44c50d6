import assert from "node:assert/strict";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import type { OnnxModel } from "../../../kernels/model/onnx_model.ts";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";

function cacheDiff(a: KvCache, b: KvCache): number {
  return Math.max(...a.layers.flatMap((layer, l) => [
    maxDiff(layer.keys, b.layers[l]!.keys),
    maxDiff(layer.values, b.layers[l]!.values),
  ]));
}

async function alone(model: OnnxModel, ids: Int32Array, tail?: Int32Array) {
  const [result] = await model.prefill([{ ids, ...(tail && { tail }) }]);
  return result!;
}

Deno.test("row 14: prefill() of a batch equals chunks one by one", async () => {
  await using model = await randomModel();
  const items = [1, 2, 3, 4].map((seed) => ({ ids: randomIds(33, seed) }));
  const batch = await model.prefill(items);
  for (const [i, { ids }] of items.entries()) {
    const { cache } = await alone(model, ids);
    assert(cacheDiff(batch[i]!.cache, cache) < 1e-4);
  }
});

Deno.test("row 15: prefill() of ragged chunks equals chunks one by one, questions included", async () => {
  await using model = await randomModel();
  const tail = randomIds(5, 99);
  const items = [40, 7, 23, 1].map((n) => ({ ids: randomIds(n, n), tail }));
  const batch = await model.prefill(items);
  for (const [i, { ids }] of items.entries()) {
    const { cache, question } = await alone(model, ids, tail);
    assert.equal(batch[i]!.cache.layers[0]!.entries, ids.length);
    assert(cacheDiff(batch[i]!.cache, cache) < 1e-4);
    const found = batch[i]!.question!;
    assert(Number.isNaN(found.logProbs[0]));
    assert(
      maxDiff(found.logProbs.slice(1), question!.logProbs.slice(1)) < 1e-4,
    );
    for (const l of [0, 1, 2]) {
      assert(maxDiff(found.queries[l]!, question!.queries[l]!) < 1e-4);
      assert(maxDiff(found.keys[l]!, question!.keys[l]!) < 1e-4);
    }
  }
});

Deno.test("row 16: prefill() does not depend on the number of workers", async () => {
  await using one = await randomModel();
  await using two = await randomModel({ workers: 2 });
  const chunks = [1, 2, 3, 4].map((seed) => randomIds(30, seed));
  const caches = await Promise.all(chunks.map((ids) => alone(two, ids)));
  for (const [i, ids] of chunks.entries()) {
    const { cache } = await alone(one, ids);
    assert.equal(cacheDiff(caches[i]!.cache, cache), 0);
  }
});

Deno.test("requery() after prefill() equals the one-pass form", async () => {
  await using model = await randomModel();
  const ids = randomIds(50, 3);
  const tail = randomIds(7, 4);
  const onePass = (await alone(model, ids, tail)).question!;
  const { cache } = await alone(model, ids);
  const [asked] = await model.requery([{ cache, position: 50 }], tail);
  const twoPass = asked!;
  assert(
    maxDiff(onePass.logProbs.slice(1), twoPass.logProbs.slice(1)) < 1e-4,
  );
  for (const l of [0, 1, 2]) {
    assert(maxDiff(onePass.queries[l]!, twoPass.queries[l]!) < 1e-4);
    assert(maxDiff(onePass.keys[l]!, twoPass.keys[l]!) < 1e-4);
  }
});

Deno.test("requery() of several caches equals one by one, lengths and ragged heads included", async () => {
  await using model = await randomModel();
  const tail = randomIds(5, 42);
  const caches = await Promise.all(
    [31, 30, 12].map(async (n) => (await alone(model, randomIds(n, n))).cache),
  );
  const ragged = {
    ...caches[1]!,
    layers: caches[1]!.layers.map((layer) => ({
      ...layer,
      counts: Int32Array.of(30, 17),
    })),
  };
  const items = [caches[0]!, ragged, caches[2]!].map((cache) => ({
    cache,
    position: cache.layers[0]!.entries,
  }));
  const together = await model.requery(items, tail);
  for (const [i, item] of items.entries()) {
    const [apart] = await model.requery([item], tail);
    const found = together[i]!;
    assert(maxDiff(found.logProbs.slice(1), apart!.logProbs.slice(1)) < 1e-4);
    for (const l of [0, 1, 2]) {
      assert(maxDiff(found.queries[l]!, apart!.queries[l]!) < 1e-4);
      assert(maxDiff(found.keys[l]!, apart!.keys[l]!) < 1e-4);
    }
  }
});

Deno.test("requery() asked several times at once equals one after another", async () => {
  await using model = await randomModel();
  const tail = randomIds(5, 42);
  const items = await Promise.all([30, 31, 29].map(async (n) => ({
    cache: (await alone(model, randomIds(n, n))).cache,
    position: n,
  })));
  const apart = [];
  for (const item of items) apart.push(...await model.requery([item], tail));
  for (let round = 0; round < 3; round++) {
    const atOnce = await Promise.all(
      items.map((item) => model.requery([item], tail)),
    );
    for (const [i, [found]] of atOnce.entries()) {
      assert.deepEqual(found!.logProbs, apart[i]!.logProbs);
      assert.deepEqual(found!.queries, apart[i]!.queries);
    }
  }
});

Deno.test("decode() token by token equals all rows at once", async () => {
  await using model = await randomModel();
  const ids = randomIds(20, 5);
  const tail = randomIds(6, 6);
  const { cache } = await alone(model, ids);
  await using atOnce = await model.decode(cache, 20);
  await using stepwise = await model.decode(cache, 20);
  const expected = await atOnce.step(tail);
  let logits: Float32Array = new Float32Array(0);
  for (const id of tail) logits = await stepwise.step(Int32Array.of(id));
  assert(maxDiff(logits, expected) < 1e-4);
  // The log-probabilities of a requery come from the same logits.
  const asked = Int32Array.of(...tail, 9);
  const [question] = await model.requery([{ cache, position: 20 }], asked);
  const { logProbs } = question!;
  const max = Math.max(...expected);
  const sum = expected.reduce((a, v) => a + Math.exp(v - max), 0);
  assert(
    Math.abs(logProbs[6]! - (expected[9]! - max - Math.log(sum))) < 1e-4,
  );
});

Deno.test("row 1: a run leaves the weights untouched", async () => {
  await using model = await randomModel();
  const ids = randomIds(30, 8);
  const before = await alone(model, ids, randomIds(4, 1));
  await using decoder = await model.decode(before.cache, 30);
  await decoder.step(randomIds(4, 1));
  const after = await alone(model, ids, randomIds(4, 1));
  assert.equal(cacheDiff(before.cache, after.cache), 0);
  assert.deepEqual(before.question!.logProbs, after.question!.logProbs);
});

Deno.test("row 23: a cache holds KV heads, not query heads", async () => {
  await using model = await randomModel();
  const { cache } = await alone(model, randomIds(30, 8));
  const { layers, kvHeads, headDim } = smallConfig;
  assert.equal(cache.bytes, 2 * layers * kvHeads * headDim * 30 * 4);
  assert.equal(cache.bytes, 30 * model.bytesPerEntry);
});

Deno.test("prefill() refuses an id outside the vocabulary and goes on working", async () => {
  await using model = await randomModel();
  await assert.rejects(
    alone(model, Int32Array.of(3, 500)),
    /Token id 500 is outside the model's vocabulary of 128/,
  );
  assert((await alone(model, Int32Array.of(3, 4))).cache.bytes > 0);
});
