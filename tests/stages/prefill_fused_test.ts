import assert from "node:assert/strict";
import { Budget } from "../../core/budget.ts";
import { fusePlan } from "../../core/fuse.ts";
import { runGraph } from "../../core/run.ts";
import type { KvChunk } from "../../stages/types.ts";
import { randomModel } from "../kernels/random_model.ts";
import { chunkGraph, type GraphNode } from "./chunk_graph.ts";
import { fakeCase } from "./fake_case.ts";
import { checkFused, chunksOf, shapes, unevenCase } from "./fused_case.ts";

const asked = (batch: number): GraphNode => ({
  stage: "prefill.question",
  in: { chunks: "chunks", prompt: "prompt", model: "model" },
  with: { batch },
});
const bare = (batch: number): GraphNode => ({
  stage: "prefill",
  in: { chunks: "chunks", model: "model" },
  with: { batch },
});
const votes = (options: GraphNode["with"] = {}): GraphNode => ({
  stage: "evict.attention",
  in: { chunks: "first", model: "model" },
  with: { pool: 3, ...options },
});

/** Each option of evict.attention away from the others' defaults. */
const options: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { keep: { entries: 16 } },
  { keep: { share: 1 } },
  { rows: 1, pool: 1 },
  { rows: 4, reduce: "mean" },
  { rows: 400, pool: 31, reduce: "max" },
  { pool: 5, pooling: "average" },
  { reduce: "defensive", share: "layer" },
  { share: "layer", pool: 7 },
  { share: "model", keep: { entries: 10 } },
  { protect: { sinks: 2, recent: 5 }, keep: { entries: 12 } },
  { protect: { sinks: 9, recent: 9 }, keep: { entries: 4 } },
  { protect: { spans: [{ chunk: 1, from: 20, to: 24 }, { from: 6, to: 7 }] } },
  { share: "model", protect: { recent: 3 }, rows: 2, reduce: "mean" },
  { share: "model", agree: "mean", keep: { entries: 9 } },
  { share: "none", agree: "max", keep: { entries: 9 } },
];

for (const [shape, config] of Object.entries(shapes)) {
  Deno.test(`prefill.question with evict.attention inside keeps what it keeps behind it (${shape})`, async () => {
    await using model = await randomModel({ config });
    const test = unevenCase(model);
    for (const batch of [1, 3]) {
      for (const option of options) {
        const what = `batch ${batch}, ${JSON.stringify(option)}`;
        const nodes = { first: asked(batch), evicted: votes(option) };
        await checkFused(test, nodes, what);
      }
    }
  });

  Deno.test(`rules that know nothing of the question keep the same inside prefill (${shape})`, async () => {
    await using model = await randomModel({ config });
    const test = unevenCase(model);
    const rules = ["knorm", "keydiff", "value-norm", "streaming-llm"];
    for (const rule of rules) {
      for (const batch of [1, 3]) {
        for (const share of ["none", "layer", "model"]) {
          for (const first of [bare(batch), asked(batch)]) {
            const stage = `evict.${rule}`;
            const evicted = { stage, in: { chunks: "first" }, with: { share } };
            const what = `${first.stage}, ${rule}, ${batch}, ${share}`;
            await checkFused(test, { first, evicted }, what);
          }
        }
      }
    }
  });
}

Deno.test("fused votes break ties as the host does: a pool as wide as the chunk", async () => {
  await using model = await randomModel();
  const chunks = await checkFused(
    unevenCase(model),
    { first: asked(3), evicted: votes({ pool: 301, keep: { entries: 5 } }) },
    "one value for every entry",
  );
  for (const { cache } of chunks) {
    const kept = cache.layers[0]!.positions.subarray(0, 5);
    assert.deepEqual([...kept], [0, 1, 2, 3, 4]);
  }
});

Deno.test("a model that cannot evict inside prefill does one after the other", async () => {
  await using model = await randomModel();
  const plain = Object.assign(model, { prefillEvicted: undefined });
  await checkFused(
    unevenCase(plain),
    { first: asked(1), evicted: votes() },
    "in turn",
  );
});

Deno.test("fused prefill leases what is kept and nothing more, and says so to what waits for chunks", async () => {
  const test = await fakeCase({ model: { evicts: true } });
  const keep = { entries: 10 };
  const plan = await chunkGraph(
    test,
    { first: asked(1), evicted: votes({ keep }) },
    { out: "evicted" },
  );
  const kept = 10 * test.model.bytesPerEntry;
  const budget = new Budget(2 * kept);
  assert(test.chunks[0]!.tokens.length > 20);
  const { outputs } = runGraph(plan, { budget });
  let seen = 0;
  await outputs.out!.forEach((value) => {
    const chunk = value as KvChunk;
    assert.equal(chunk.cache.bytes, kept);
    assert.equal(chunk.bytesHeld, kept);
    assert(budget.used >= kept);
    seen++;
    chunk.release();
  });
  assert.equal(seen, test.chunks.length);
  assert.deepEqual([budget.used, test.model.live], [0, 0]);
});

Deno.test("the question's vectors leave the session only where they are read", async () => {
  await using model = await randomModel();
  const test = unevenCase(model);
  const first = { first: asked(1), evicted: votes() };
  const scored = {
    stage: "score.self-information",
    in: { chunks: "evicted", prompt: "prompt" },
  };
  const best = { stage: "select.top", in: { chunks: "scored" } };
  const merged = { stage: "merge", in: { chunks: "best" } };
  const lean = await chunkGraph(
    test,
    { ...first, scored, best, merged },
    { out: "merged" },
  );
  let vectors: boolean[] = [];
  const inner = model.prefillEvicted.bind(model);
  model.prefillEvicted = async (items, eviction, signal) => {
    vectors.push(eviction.vectors);
    return await inner(items, eviction, signal);
  };
  await chunksOf({ ...lean, outputs: lean.outputs });
  assert.deepEqual(new Set(vectors), new Set([false]));
  vectors = [];
  const again = {
    stage: "evict.attention",
    in: { chunks: "best", model: "model" },
  };
  const full = await chunkGraph(
    test,
    {
      ...first,
      scored,
      best,
      again,
      merged: { ...merged, in: { chunks: "again" } },
    },
    { out: "merged" },
  );
  await chunksOf(full);
  assert.deepEqual(new Set(vectors), new Set([true]));
});

Deno.test("fused prefill says which chunks it works on, for messages", async () => {
  await using model = await randomModel();
  const nodes = { first: asked(2), evicted: votes() };
  const plan = await chunkGraph(unevenCase(model), nodes, { out: "evicted" });
  const seen: (number | undefined)[] = [];
  const inner = model.prefillEvicted.bind(model);
  model.prefillEvicted = async (items, eviction, signal) => {
    seen.push(...items.map(({ chunk }) => chunk));
    return await inner(items, eviction, signal);
  };
  const { chunks } = await chunksOf(plan);
  const indices = chunks.map(({ chunk }) => chunk.index);
  assert(indices.length > 2);
  assert.deepEqual(seen, indices);
});

/** Why an evictor directly behind a prefill is not fused. */
async function apart(
  evicted: GraphNode,
  more: Readonly<Record<string, GraphNode>> = {},
): Promise<string> {
  const test = await fakeCase();
  const nodes = { first: asked(1), ...more, evicted };
  const plan = await chunkGraph(test, nodes, { out: "evicted" });
  const { fused, unfused } = fusePlan(plan).fusion;
  assert.deepEqual(fused, []);
  return unfused.find(({ node }) => node === "evicted")!.reason;
}

Deno.test("prefill says why an evictor cannot be computed inside it", async () => {
  const on = (rule: string, options: GraphNode["with"] = {}): GraphNode => ({
    stage: `evict.${rule}`,
    in: { chunks: "first" },
    with: options,
  });
  const h2o = { ...on("h2o"), in: { chunks: "first", model: "model" } };
  assert.equal(await apart(h2o), "its scores need the whole chunk's attention");
  assert.equal(
    await apart(on("random")),
    "the rule of evict.random has no ONNX body",
  );
  assert.equal(
    await apart({ ...on("snapkv"), in: h2o.in }),
    "it needs 'attention:recent', which prefill does not compute",
  );
  assert.equal(
    await apart(on("knorm", { spans: { tokens: 4 } })),
    "it keeps whole spans",
  );
  assert.equal(
    await apart(on("knorm", { merge: { what: "values" } })),
    "what it drops is merged into what it keeps",
  );
  for (const share of ["layer", "model"]) {
    assert.equal(
      await apart(on("knorm", { share, agree: "max" })),
      "its heads agree on the largest score, sessions on the mean",
    );
  }
  const share = { stage: "allocate.uniform", in: {} };
  assert.equal(
    await apart(
      { ...on("knorm"), in: { chunks: "first", allocator: "share" } },
      { share },
    ),
    "an allocator looks at the scores of all layers",
  );
  const again = {
    stage: "requery",
    in: { chunks: "first", prompt: "prompt", model: "model" },
  };
  assert.equal(
    await apart({ ...on("knorm"), in: { chunks: "again" } }, { again }),
    "requery stands between first and evicted: it needs the whole KV",
  );
});
