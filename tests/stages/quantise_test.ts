import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom, of } from "rxjs";
import { GraphError } from "../../core/errors.ts";
import type { MergedContext } from "../../stages/types.ts";
import {
  calibrateTemperatureScale,
  decode,
  merge,
  quantiseInt8,
} from "../../stages/mod.ts";
import { keepEntries } from "../../stages/cache/keep_entries.ts";
import { Arena } from "../../kernels/cache/arena.ts";
import { chunkGraph, type GraphNode } from "./chunk_graph.ts";
import {
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "./fake_case.ts";

async function mergedOf(test: FakeCase): Promise<MergedContext> {
  const chunks = from(await askedChunks(test));
  return await lastValueFrom(
    runStage(merge, { chunks, model: EMPTY }, {}, test.ctx).context,
  );
}

const quantised = (test: FakeCase, context: MergedContext) =>
  lastValueFrom(
    runStage(quantiseInt8, { context: of(context) }, {}, test.ctx).context,
  );

const answer = (test: FakeCase, context: MergedContext) =>
  lastValueFrom(
    runStage(
      decode,
      {
        context: of(context),
        prompt: of(test.prompt),
        model: held(test.model),
      },
      { maxTokens: 12, minTokens: 12 },
      test.ctx,
    ).answer,
  );

const nodes: Record<string, GraphNode> = {
  prefilled: { stage: "prefill", in: { chunks: "chunks", model: "model" } },
  merged: { stage: "merge", in: { chunks: "prefilled" } },
  small: { stage: "quantise.int8", in: { context: "merged" } },
};

Deno.test("row 56: quantise.int8 shrinks memory and lease, keeps what was kept, and decoding goes on", async () => {
  const test = await fakeCase();
  const used = () => test.ctx.budget.total - test.ctx.budget.free;
  const plain = await answer(test, await mergedOf(test));
  const context = await mergedOf(test);
  const { bytes, layers } = context.cache;
  assert.equal(used(), bytes);
  const small = await quantised(test, context);
  assert.equal(used(), small.cache.bytes);
  const entries = layers.reduce((sum, layer) => sum + 2 * layer.entries, 0);
  assert.equal(
    small.cache.bytes,
    bytes / 4 + 4 * (entries + layers.length * 2 * 8),
  );
  for (const [l, layer] of small.cache.layers.entries()) {
    assert.equal(layer.keys.length, 0);
    assert(layer.int8!.keys.buffer instanceof SharedArrayBuffer);
    assert.deepEqual(layer.positions, layers[l]!.positions);
    assert.deepEqual(layer.chunks, layers[l]!.chunks);
  }
  assert.deepEqual(small.kept, context.kept);
  const metric = (name: string) =>
    test.ctx.events.find((e) => e.type === "metric" && e.name === name);
  assert.deepEqual(metric("kvBytes"), {
    type: "metric",
    name: "kvBytes",
    value: small.cache.bytes,
    unit: "bytes",
  });
  assert.equal((metric("kvBytesBefore") as { value: number }).value, bytes);
  const after = await answer(test, small);
  assert.equal(after.contextTokens, plain.contextTokens);
  assert.equal(after.answer.slice(0, 2), plain.answer.slice(0, 2));
  assert.equal(used(), 0);
});

Deno.test("quantise.int8 keeps a temperature and a bias; entries in 8 bits cannot be copied by entry", async () => {
  const test = await fakeCase();
  const context = await mergedOf(test);
  for (const layer of context.cache.layers) {
    Object.assign(layer, {
      bias: new Float32Array(layer.positions.length).fill(-0.5),
    });
  }
  const cooled = await lastValueFrom(
    runStage(
      calibrateTemperatureScale,
      { context: of(context), prompt: of(test.prompt) },
      { temperature: 0.8 },
      test.ctx,
    ).context,
  );
  const small = await quantised(test, cooled);
  assert.equal(small.cache.tempering!.temperature, 0.8);
  assert(
    small.cache.layers.every(({ bias }) => bias!.every((b) => b === -0.5)),
  );
  const keep = small.cache.layers.map(({ positions }) =>
    new Uint8Array(positions.length)
  );
  assert.throws(
    () => keepEntries(new Arena(), [{ cache: small.cache, keep }]),
    /needs keys and values as floats, the cache has 8-bit ones/,
  );
  small.release();
});

Deno.test("what reads floats behind quantise.int8 is refused when the graph is loaded; before it, and decode, is not", async () => {
  const test = await fakeCase();
  const asks = { prompt: "prompt", model: "model" };
  for (
    const stage of [
      "evict.attention-merged",
      "calibrate.merged",
      "calibrate.class-merged",
      "calibrate.scale-merged",
      "quantise.int8",
    ]
  ) {
    const after: GraphNode = {
      stage,
      in: stage === "quantise.int8"
        ? { context: "small" }
        : { context: "small", ...asks },
    };
    await assert.rejects(
      chunkGraph(test, { ...nodes, after }, { out: "after" }),
      (error: GraphError) => {
        assert(error instanceof GraphError);
        assert.match(
          error.message,
          /Facet 'fp32' is missing on small\.context -> after\.context; stages that give it: merge/,
        );
        return true;
      },
    );
    const before = { ...after, in: { ...after.in, context: "merged" } };
    const small: GraphNode = {
      stage: "quantise.int8",
      in: { context: "before" },
    };
    const order = stage === "quantise.int8"
      ? nodes
      : { ...nodes, before, small };
    await chunkGraph(test, {
      ...order,
      cooled: {
        stage: "calibrate.temperature-scale",
        in: { context: "small", prompt: "prompt" },
      },
      said: { stage: "decode", in: { context: "cooled", ...asks } },
    }, { out: "said.answer" });
  }
});
