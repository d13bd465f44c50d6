import assert from "node:assert/strict";
import { firstValueFrom, lastValueFrom, of } from "rxjs";
import { Budget } from "../../core/budget.ts";
import { GraphError } from "../../core/errors.ts";
import { runGraph } from "../../core/run.ts";
import { release } from "../../core/owned.ts";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import { randomModel } from "../kernels/random_model.ts";
import { type MergedContext, reread } from "../../stages/mod.ts";
import { chunkGraph, type GraphNode } from "./chunk_graph.ts";
import { fakeCase, held, runStage } from "./fake_case.ts";
import { unevenCase } from "./fused_case.ts";
import { mergedOf, readAgain } from "./reread_case.ts";
import { testContext } from "./stage_context.ts";

const ofContext = (stage: string, context: string): GraphNode => ({
  stage,
  in: { context, prompt: "prompt", model: "model" },
});
const nodes: Record<string, GraphNode> = {
  prefilled: { stage: "prefill", in: { chunks: "chunks", model: "model" } },
  merged: { stage: "merge", in: { chunks: "prefilled" } },
};

/** The context, and how often its share was given up. */
function counted(context: MergedContext) {
  const count = { released: 0 };
  const release = () => {
    count.released++;
    context.release();
  };
  return { count, context: { ...context, release } };
}

Deno.test("a prefill that fails leaves nothing behind, and the context is released once", async () => {
  const test = await fakeCase();
  const { count, context } = counted(await mergedOf(test));
  test.model.prefill = () => Promise.reject(new Error("trouble"));
  await assert.rejects(readAgain(test, context), /trouble/);
  assert.equal(count.released, 1);
  assert.deepEqual([test.ctx.budget.used, test.model.live], [0, 0]);
});

Deno.test("what was prefilled is disposed where no context can be made of it", async () => {
  const test = await fakeCase();
  const { count, context } = counted(await mergedOf(test));
  const { model } = test;
  const prefill = model.prefill.bind(model);
  model.prefill = async (batch) => {
    const [read] = await prefill(batch);
    const { cache } = read!;
    const layers = cache.layers.map((layer) => ({
      ...layer,
      positions: layer.positions.map((at) => at + 1000),
    }));
    return [{ cache: { ...cache, layers } }];
  };
  await assert.rejects(readAgain(test, context), TypeError);
  assert.equal(count.released, 1);
  assert.deepEqual([test.ctx.budget.used, test.model.live], [0, 0]);
});

for (const resident of [false, true]) {
  const where = resident ? "where it was computed" : "on the host";
  Deno.test(`who leaves while the prefill runs leaves nothing behind, with caches ${where}`, async () => {
    await using model = await randomModel({ resident });
    const { chunks, prompt } = unevenCase(model);
    const test = {
      model,
      chunks: chunks.slice(0, 3),
      prompt,
      ctx: testContext(),
    };
    const { count, context } = counted(await mergedOf(test));
    const before = test.ctx.budget.used;
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<KvCache | undefined>();
    let seen: AbortSignal | undefined;
    const slow = Object.assign(Object.create(model), {
      prefill: async (...[batch, signal]: Parameters<typeof model.prefill>) => {
        seen = signal;
        started.resolve();
        try {
          const results = await model.prefill(batch, signal);
          ended.resolve(results[0]!.cache);
          return results;
        } catch (error) {
          ended.resolve(undefined);
          throw error;
        }
      },
    });
    const inputs = {
      context: of(context),
      prompt: of(prompt),
      model: held(slow),
    };
    const subscription = runStage(reread, inputs, { answerTokens: 0 }, test.ctx)
      .context.subscribe({ next: release, error: () => {} });
    await started.promise;
    assert(test.ctx.budget.used > before);
    assert.equal(count.released, 0);
    subscription.unsubscribe();
    assert.equal(seen!.aborted, true);
    await ended.promise;
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(count.released, 1);
    assert.equal(test.ctx.budget.used, 0);
  });
}

Deno.test("a budget without room beside the context is one error that says who holds what", async () => {
  const test = await fakeCase();
  const plan = await chunkGraph(
    test,
    { ...nodes, again: ofContext("reread", "merged") },
    { out: "again" },
  );
  const need = (await mergedOf(test)).cache.bytes;
  const budget = new Budget(Math.ceil(need * 1.1));
  const { outputs } = runGraph(plan, { budget });
  await assert.rejects(firstValueFrom(outputs.out!), {
    message:
      /^Node 'again' \(reread\) failed: Waiting for .* would never end: of the budget of .*, .* at again are kept until more arrives; keep fewer chunks, .* or allow more memory$/,
  });
  assert.equal(budget.used, 0);
});

Deno.test("reread is refused where nothing knows the tokens any more", async () => {
  const test = await fakeCase();
  await assert.rejects(
    chunkGraph(test, {
      ...nodes,
      small: { stage: "quantise.int8", in: { context: "merged" } },
      last: ofContext("reread", "small"),
    }, { out: "last" }),
    (error: Error) => {
      assert(error instanceof GraphError);
      assert.match(
        error.message,
        /Facet 'tokens' is missing on small\.context -> last\.context; stages that give it: merge, reread/,
      );
      return true;
    },
  );
});

Deno.test("what is read again is weighed by scores, and refused where there are none", async () => {
  const test = await fakeCase();
  const weighed = async (scores: readonly number[], nats: number) =>
    await readAgain(test, await mergedOf(test, scores), 0, nats);
  await assert.rejects(weighed([], 1), {
    name: "TypeError",
    message:
      "Chunk 0 has no score to weigh it by; put a scorer before merge, or say nats: 0 to reread",
  });
  assert.deepEqual([test.ctx.budget.used, test.model.live], [0, 0]);
  const plain = await weighed([], 0);
  assert(plain.cache.layers.every(({ bias }) => bias === undefined));
  plain.release();
});

Deno.test("evictors and calibrators of the merged context hand its tokens on", async () => {
  const test = await fakeCase();
  const rules = [{ zone: "all", lambda: 0.03, rows: 4 }];
  const plan = await chunkGraph(test, {
    ...nodes,
    fewer: {
      ...ofContext("evict.attention-merged", "merged"),
      with: { total: 60, share: "model", pool: 3 },
    },
    even: { ...ofContext("calibrate.merged", "fewer"), with: { rules } },
    last: {
      ...ofContext("reread", "even"),
      with: { answerTokens: 0 },
    },
  }, { last: "last" });
  const budget = new Budget(1e9);
  const run = runGraph(plan, { budget });
  const context = await lastValueFrom(run.outputs.last!) as MergedContext;
  assert(
    context.position <= 60 && context.position > 30,
    `${context.position}`,
  );
  assert(context.cache.layers.every(({ bias }) => bias === undefined));
  context.release();
  assert.equal(budget.used, 0);
});
