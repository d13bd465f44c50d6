import assert from "node:assert/strict";
import { loadModel } from "../../kernels/load_model.ts";
import type { KvChunk } from "../../stages/types.ts";
import { maxDiff } from "../kernels/random_model.ts";
import { type CaseRun, reread, runCase } from "./case_run.ts";
import { assertBordersAgree } from "./chunks_agree.ts";
import { goldenCase, modelPath, shortSetup } from "./golden_case.ts";
import { assertSameCache, assertSameLogits } from "./same_run.ts";

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [first, ...rest])
  );
}

Deno.test("row 13: the order in which kept chunks arrive changes nothing", async () => {
  const { facts } = await goldenCase("gqa_sharded", "none");
  await using model = await loadModel(modelPath("gqa_sharded"));
  using reference = await runCase(model, facts);
  for (const order of permutations(reference.best)) {
    using run = await runCase(model, facts, {
      replace: { "best.chunks": reread(order) },
    });
    assert.deepEqual(run.context.kept, reference.context.kept);
    assert.deepEqual(run.context.kept.map(({ chunk }) => chunk), facts.kept);
    assertSameCache(run.context.cache, reference.context.cache);
    assertSameLogits(run, reference);
  }
});

Deno.test("row 13: the order in which chunks reach the queue changes nothing", async () => {
  const { facts } = await goldenCase("mha_tied", "paper");
  await using model = await loadModel(modelPath("mha_tied"));
  using reference = await runCase(model, facts);
  const orders: KvChunk[][] = [
    reference.scored.toReversed(),
    reference.scored.toSorted((a, b) => a.score! - b.score!),
    reference.scored.toSorted((a, b) => b.score! - a.score!),
  ];
  for (const order of orders) {
    using run = await runCase(model, facts, {
      replace: { "scored.chunks": reread(order) },
    });
    assert.deepEqual(indices(run.best), indices(reference.best));
    assertSameCache(run.context.cache, reference.context.cache);
    assertSameLogits(run, reference);
  }
});

const indices = (chunks: CaseRun["best"]) => chunks.map((c) => c.chunk.index);

/** Scores and logits of two runs, to 1e-4, and the same chunks and tokens. */
function assertCloseRuns(ours: CaseRun, theirs: CaseRun): void {
  const scores = ({ scored }: CaseRun) => scored.map(({ score }) => score!);
  const score = maxDiff(scores(ours), scores(theirs));
  assert(score < 1e-4, `scores differ by ${score}`);
  assert.deepEqual(indices(ours.best), indices(theirs.best));
  assert.deepEqual(ours.asked.tokens, theirs.asked.tokens);
  for (const [i, { logits }] of ours.asked.steps.entries()) {
    const difference = maxDiff(logits, theirs.asked.steps[i]!.logits);
    assert(difference < 1e-4, `step ${i}: logits differ by ${difference}`);
  }
}

for (const form of ["two passes", "one pass"] as const) {
  Deno.test(`rows 14, 15: chunks of unequal length in one call, in ${form}, give what one a call gives`, async () => {
    const golden = await goldenCase("gqa_sharded", "paper");
    const lengths = golden.facts.chunks.map(({ tokens }) => tokens);
    assert(new Set(lengths).size > 1);
    await using model = await loadModel(modelPath("gqa_sharded"));
    using single = await runCase(model, golden.facts, { form });
    for (const batch of [2, 4, lengths.length]) {
      using run = await runCase(model, golden.facts, { form, batch });
      const calls = Math.ceil(lengths.length / batch);
      assert.equal(run.asked.batches.length, calls);
      assertBordersAgree(run, golden);
      assertCloseRuns(run, single);
    }
  });
}

for (const name of ["tiny", "biases"]) {
  Deno.test(`rows 14, 16: two workers and two chunks a call give '${name}' the same scores and answer`, async () => {
    const setup = name === "tiny"
      ? await shortSetup()
      : (await goldenCase(name, "votes_question_31")).facts;
    const path = modelPath(name);
    await using one = await loadModel(path);
    await using two = await loadModel(path, { workers: 2, threads: 2 });
    const form = "one pass";
    using single = await runCase(one, setup, { form });
    using run = await runCase(two, setup, { form, batch: 2 });
    assert.equal(run.asked.workers, 2);
    assertCloseRuns(run, single);
  });
}
