import assert from "node:assert/strict";
import { from, of } from "rxjs";
import { type KvChunk, prefill, prefillQuestion } from "../../stages/mod.ts";
import {
  answerOver,
  askedChunks,
  fakeCase,
  held,
  runStage,
} from "./fake_case.ts";
import { chunksThat, collect } from "./stage_context.ts";

const near = (a: Float32Array, b: Float32Array, tolerance: number) => {
  assert.equal(a.length, b.length);
  for (const [i, value] of a.entries()) {
    const other = b[i]!;
    if (Number.isNaN(value) && Number.isNaN(other)) continue;
    assert(
      Math.abs(value - other) <= tolerance,
      `${value} is not near ${other}`,
    );
  }
};

Deno.test("row 5: positions restart at 0 in every chunk; the question follows the chunk it is asked on", async () => {
  const test = await fakeCase();
  const chunks = await askedChunks(test);
  for (const { cache, entriesBefore, chunk } of chunks) {
    assert.equal(entriesBefore, 1 + chunk.tokens.length);
    for (const { positions, entries } of cache.layers) {
      assert.deepEqual(
        positions.subarray(0, entries),
        Int32Array.from({ length: entries }, (_, i) => i),
      );
    }
  }
  assert.deepEqual(
    test.model.positions,
    chunks.map((chunk) => chunk.entriesBefore),
  );
});

Deno.test("prefill with requery equals prefill.question", async () => {
  const two = await askedChunks(await fakeCase());
  const one = await askedChunks(await fakeCase(), { onePass: true });
  assert.equal(one.length, two.length);
  for (const [i, chunk] of one.entries()) {
    near(chunk.question!.logProbs, two[i]!.question!.logProbs, 1e-5);
    near(chunk.question!.queries[1]!, two[i]!.question!.queries[1]!, 1e-5);
    near(chunk.cache.layers[1]!.keys, two[i]!.cache.layers[1]!.keys, 0);
  }
});

Deno.test("prefill computes micro-batches and keeps every chunk", async () => {
  const test = await fakeCase();
  const chunks = await askedChunks(test, { batch: 3 });
  assert.deepEqual(test.model.batches.map((batch) => batch.length), [3, 1]);
  assert.deepEqual(chunks.map((chunk) => chunk.chunk.index), [0, 1, 2, 3]);
  assert.deepEqual(chunksThat(test.ctx, "prefilled"), [0, 1, 2, 3]);
  const progress = test.ctx.events.filter((e) => e.type === "progress");
  assert.deepEqual(progress.at(-1), {
    type: "progress",
    unit: "chunks",
    done: 4,
    total: 4,
  });
});

Deno.test("prefill asks for one chunk more at once than the model has workers", async () => {
  for (const workers of [1, 2]) {
    const test = await fakeCase({ model: { workers } });
    let now = 0;
    let most = 0;
    const inner = test.model.prefill.bind(test.model);
    test.model.prefill = async (...args) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => queueMicrotask(() => resolve(0)));
      now--;
      return await inner(...args);
    };
    await collect(
      runStage(
        prefill,
        { chunks: from(test.chunks), model: held(test.model) },
        {},
        test.ctx,
      ).chunks,
    );
    assert.equal(most, workers + 1);
  }
});

Deno.test("prefill leases every chunk's bytes before it computes, and gives them back on release", async () => {
  const test = await fakeCase();
  const { budget } = test.ctx;
  const chunks = await askedChunks(test);
  const bytes = chunks.map((chunk) => chunk.cache.bytes);
  assert.equal(budget.total - budget.free, bytes.reduce((a, b) => a + b));
  chunks[0]!.retain();
  chunks[0]!.release();
  assert.equal(test.model.live, chunks.length);
  for (const chunk of chunks) chunk.release();
  assert.equal(test.model.live, 0);
  assert.equal(budget.free, budget.total);
  chunks[0]!.release(); // once too often
  assert.equal(budget.free, budget.total);
  assert.throws(() => chunks[0]!.retain(), {
    name: "TypeError",
    message: /was released/,
  });
});

Deno.test("prefill waits for budget: no more chunks are alive than fit", async () => {
  const test = await fakeCase();
  const each = (1 + test.chunks[0]!.tokens.length) * test.model.bytesPerEntry;
  const tight = {
    ...test,
    ...await fakeCase({ budget: 2 * each, model: { workers: 4 } }),
  };
  const seen: number[] = [];
  const prefilled = runStage(
    prefill,
    { chunks: from(tight.chunks), model: held(tight.model) },
    {},
    tight.ctx,
  ).chunks;
  await new Promise<void>((resolve, reject) =>
    prefilled.subscribe({
      next: (chunk: KvChunk) => {
        seen.push(chunk.chunk.index);
        setTimeout(() => chunk.release());
      },
      error: reject,
      complete: resolve,
    })
  );
  assert.equal(seen.length, 4);
  assert.equal(tight.model.peak, 2);
});

Deno.test("prefill gives its leases back when the model fails or the reader leaves", async () => {
  const test = await fakeCase();
  const { budget } = test.ctx;
  test.model.prefill = () => Promise.reject(new RangeError("no"));
  const inputs = {
    chunks: from(test.chunks),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  await assert.rejects(
    collect(runStage(prefillQuestion, inputs, {}, test.ctx).chunks),
    { message: "no" },
  );
  assert.equal(budget.free, budget.total);
  let aborted = false;
  test.model.prefill = (_batch, signal) =>
    new Promise((_, reject) =>
      signal!.addEventListener("abort", () => {
        aborted = true;
        reject(signal!.reason);
      })
    );
  const reading = runStage(prefill, inputs, {}, test.ctx).chunks.subscribe();
  await new Promise((resolve) => setTimeout(resolve));
  assert(budget.free < budget.total);
  reading.unsubscribe();
  await new Promise((resolve) => setTimeout(resolve));
  assert(aborted);
  assert.equal(budget.free, budget.total);
});

Deno.test("prefill says when a batch cannot fit the budget", async () => {
  const test = await fakeCase({ budget: 1000 });
  const run = runStage(
    prefill,
    { chunks: from(test.chunks), model: held(test.model) },
    { batch: 2 },
    test.ctx,
  );
  await assert.rejects(collect(run.chunks), {
    name: "BudgetError",
    message:
      /A batch of 2 chunks needs \d+ bytes of KV, the memory budget is 1000/,
  });
});

Deno.test("an empty document is answered without context", async () => {
  const test = await fakeCase({ text: "" });
  const { tokens, kept } = await answerOver(test, await askedChunks(test));
  assert.equal(tokens, 8);
  assert.deepEqual(kept.map((chunk) => chunk.entries), [1]); // BOS
});
