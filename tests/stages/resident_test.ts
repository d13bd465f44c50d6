import assert from "node:assert/strict";
import { Budget } from "../../core/budget.ts";
import type { KvLayer } from "../../kernels/cache/kv_cache.ts";
import { hostCache } from "../../kernels/cache/resident_cache.ts";
import { KvStore, mergeChunks } from "../../stages/mod.ts";
import type { KvChunk } from "../../stages/types.ts";
import { maxDiff, randomModel } from "../kernels/random_model.ts";
import { chunkGraph } from "./chunk_graph.ts";
import { chunksOf, unevenCase } from "./fused_case.ts";
import {
  asked,
  evicted,
  layersOf,
  merged,
  runWay,
  ways,
} from "./resident_case.ts";
import { testContext } from "./stage_context.ts";

for (const [way, { nodes, stays, staysOfHost }] of Object.entries(ways)) {
  Deno.test(`a cache that stays where it was computed is the host's: ${way}`, async () => {
    await using host = await randomModel();
    await using home = await randomModel({ resident: true });
    const wanted = await runWay(nodes, host);
    const found = await runWay(nodes, home);
    assert.deepEqual(
      [wanted.stayed, found.stayed],
      [staysOfHost ?? stays, stays],
    );
    assert.equal(found.bytes, wanted.bytes);
    assertSame(found.layers, wanted.layers);
    for (const [i, logits] of found.logits.entries()) {
      assert(maxDiff(logits, wanted.logits[i]!) < 1e-5, `step ${i}`);
    }
  });
}

Deno.test("a KvStore takes chunks that stay where they were computed", async () => {
  await using model = await randomModel({ resident: true });
  const test = unevenCase(model);
  const first = asked(2);
  const plan = await chunkGraph(test, { first }, { out: "first" });
  const { chunks: [one, two] } = await chunksOf(plan);
  const kept = await Promise.all(
    [one!, two!].map(({ cache }) => layersOf(cache)),
  );
  using store = new KvStore(one!.cache.bytes); // the second goes to the file
  for (const chunk of [one!, two!]) await store.add(chunk);
  assert(store.fileBytes > 0);
  const budget = new Budget(1e9);
  const given: KvChunk[] = [];
  await store.chunks(budget).forEach((chunk) => void given.push(chunk));
  for (const [i, { cache }] of given.entries()) {
    assertSame(cache.layers, kept[i]!);
  }
});

Deno.test("hostCache() reads what was held when its model was closed, and no longer once it was disposed", async () => {
  const ids = Int32Array.of(0, 5, 9, 11);
  const model = await randomModel({ resident: true });
  const [held, gone] = await model.prefill([{ ids }, { ids }]);
  const { layers } = await hostCache(held!.cache);
  gone!.cache.dispose!();
  await model[Symbol.asyncDispose]();
  for (let i = 0; i < 2; i++) {
    assertSame((await hostCache(held!.cache)).layers, layers);
  }
  held!.cache.dispose!();
  await assert.rejects(hostCache(gone!.cache), /model was closed/);
});

Deno.test("merge joins on the host what its model left behind", async () => {
  const joined: KvLayer[][] = [];
  for (const closed of [false, true]) {
    const model = await randomModel({ resident: true });
    const test = unevenCase(model);
    const plan = await chunkGraph(test, { first: asked(2) }, { out: "first" });
    const { chunks } = await chunksOf(plan);
    if (closed) await model[Symbol.asyncDispose]();
    const { cache } = await mergeChunks(chunks, testContext());
    assert.equal(cache.resident === undefined, closed);
    joined.push(await layersOf(cache));
    cache.dispose!();
    await model[Symbol.asyncDispose]();
  }
  assertSame(joined[1]!, joined[0]!);
});

Deno.test("join() reads caches of other workers over the host", async () => {
  await using host = await randomModel();
  await using home = await randomModel({ resident: true, workers: 2 });
  const nodes = {
    first: asked(1),
    evicted: evicted(),
    merged: merged("evicted"),
  };
  const wanted = await runWay(nodes, host);
  const found = await runWay(nodes, home);
  assert.equal(found.stayed, true);
  assertSame(found.layers, wanted.layers);
});

function assertSame(found: readonly KvLayer[], wanted: readonly KvLayer[]) {
  assert.equal(found.length, wanted.length);
  for (const [l, layer] of found.entries()) {
    const { keys, values, ...said } = layer;
    const { keys: wantedKeys, values: wantedValues, ...wantedSaid } =
      wanted[l]!;
    assert.deepEqual(said, wantedSaid, `layer ${l}`);
    assert.equal(maxDiff(keys, wantedKeys), 0, `keys of layer ${l}`);
    assert.equal(maxDiff(values, wantedValues), 0, `values of layer ${l}`);
  }
}
