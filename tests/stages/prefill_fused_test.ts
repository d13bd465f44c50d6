import assert from "node:assert/strict";
import { randomModel } from "../kernels/random_model.ts";
import type { GraphNode } from "./chunk_graph.ts";
import { checkFused, shapes, unevenCase } from "./fused_case.ts";

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
