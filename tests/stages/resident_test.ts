import assert from "node:assert/strict";
import { firstValueFrom } from "rxjs";
import { Budget } from "../../core/budget.ts";
import { runGraph } from "../../core/run.ts";
import type { KvCache, KvLayer } from "../../kernels/kv_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { hostCache, withHostCache } from "../../kernels/resident_cache.ts";
import { headEntries, KvStore, mergeChunks } from "../../stages/mod.ts";
import type { KvChunk, MergedContext } from "../../stages/types.ts";
import { maxDiff, randomModel } from "../kernels/random_model.ts";
import { chunkGraph, type GraphNode } from "./chunk_graph.ts";
import { chunksOf, unevenCase } from "./fused_case.ts";
import { testContext } from "./stage_context.ts";

const asked = (batch: number): GraphNode => ({
  stage: "prefill.question",
  in: { chunks: "chunks", prompt: "prompt", model: "model" },
  with: { batch },
});
const evicted = (with_: GraphNode["with"] = {}): GraphNode => ({
  stage: "evict.attention",
  in: { chunks: "first", model: "model" },
  with: { pool: 3, ...with_ },
});
const merged = (chunks: string): GraphNode => ({
  stage: "merge",
  in: { chunks },
});
const ofContext = (stage: string): GraphNode => ({
  stage,
  in: { context: "merged", prompt: "prompt", model: "model" },
});
const rules = [{ zone: "all", lambda: 0.03, rows: 4 }];

/** Nodes up to a merged context; the last is read. `stays`: whether it ends where it was computed. */
const ways: Readonly<
  Record<string, { nodes: Record<string, GraphNode>; stays: boolean }>
> = {
  "evicted inside prefill": {
    stays: true,
    nodes: { first: asked(1), evicted: evicted(), merged: merged("evicted") },
  },
  "evicted inside prefill, in batches": {
    stays: true,
    nodes: {
      first: asked(3),
      evicted: evicted({ keep: { entries: 12 } }),
      best: {
        stage: "select.top",
        in: { chunks: "scored" },
        with: { n: 3 },
      },
      scored: {
        stage: "score.self-information",
        in: { chunks: "evicted", prompt: "prompt" },
      },
      merged: merged("best"),
    },
  },
  "nothing evicted": {
    stays: true,
    nodes: {
      first: {
        stage: "prefill",
        in: { chunks: "chunks", model: "model" },
        with: { batch: 2 },
      },
      asked: {
        stage: "requery",
        in: { chunks: "first", prompt: "prompt", model: "model" },
      },
      merged: merged("asked"),
    },
  },
  "evicted on the host and calibrated, heads ragged": {
    stays: true,
    nodes: {
      first: {
        stage: "prefill",
        in: { chunks: "chunks", model: "model" },
      },
      asked: {
        stage: "requery",
        in: { chunks: "first", prompt: "prompt", model: "model" },
      },
      kept: { ...evicted(), in: { chunks: "asked", model: "model" } },
      calibrated: {
        stage: "calibrate",
        in: { chunks: "kept", model: "model" },
        with: { rules },
      },
      merged: merged("calibrated"),
    },
  },
  "calibrated after merge": {
    stays: false,
    nodes: {
      first: asked(2),
      evicted: evicted(),
      merged: merged("evicted"),
      out: { ...ofContext("calibrate.merged"), with: { rules } },
    },
  },
  "evicted after merge": {
    stays: false,
    nodes: {
      first: asked(2),
      merged: merged("first"),
      out: { ...ofContext("evict.attention-merged"), with: { pool: 3 } },
    },
  },
};

for (const [way, { nodes, stays }] of Object.entries(ways)) {
  Deno.test(`a cache that stays where it was computed is the host's: ${way}`, async () => {
    await using host = await randomModel();
    await using home = await randomModel({ resident: true });
    const wanted = await runWay(nodes, host);
    const found = await runWay(nodes, home);
    assert.deepEqual([wanted.stayed, found.stayed], [stays, stays]);
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

/** The merged cache, and the logits of the question and two tokens behind it; all leases go back. */
async function runWay(
  nodes: Readonly<Record<string, GraphNode>>,
  model: LanguageModel,
) {
  const test = unevenCase(model);
  const last = Object.keys(nodes).includes("out") ? "out" : "merged";
  const plan = await chunkGraph(test, nodes, { last });
  const budget = new Budget(1e9);
  const { outputs } = runGraph(plan, { budget });
  const context = await firstValueFrom(outputs.last!) as MergedContext;
  const { cache, position } = context;
  const layers = await layersOf(cache);
  const logits: Float32Array[] = [];
  {
    await using state = await model.decode(cache, position);
    for (const ids of [test.prompt.tail, Int32Array.of(3), Int32Array.of(9)]) {
      logits.push(await state.step(ids));
    }
  }
  context.release();
  assert.equal(budget.used, 0);
  const { bytes, resident } = cache;
  return { layers, logits, bytes, stayed: resident !== undefined };
}

/** Copies of a cache's layers, with the keys and values of real entries and zeros behind them. */
async function layersOf(cache: KvCache): Promise<KvLayer[]> {
  const copies = (host: KvCache) =>
    host.layers.map((layer) => {
      const { entries } = layer;
      const [keys, values] = [layer.keys.slice(), layer.values.slice()];
      for (let head = 0; head < host.kvHeads; head++) {
        const end = head * entries + headEntries(layer, head);
        for (const data of [keys, values]) {
          const next = (head + 1) * entries * host.headDim;
          data.fill(0, end * host.headDim, next);
        }
      }
      return { ...layer, positions: layer.positions.slice(), keys, values };
    });
  return await withHostCache(cache, (host) => Promise.resolve(copies(host)));
}

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
