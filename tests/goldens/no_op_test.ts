import assert from "node:assert/strict";
import { loadModel } from "../../kernels/load_model.ts";
import { runCase } from "./case_run.ts";
import { type CaseSetup, goldenCase, modelPath } from "./golden_case.ts";
import { assertSameCache, assertSameLogits } from "./same_run.ts";

const roomy = { rows: "question", pool: 31, share: "none", keep: 87 } as const;
const lenient = {
  zone: "all",
  lambda: 1,
  width: 100,
  rows: 1000,
  layers: [0, 2],
} as const;

const noOps: Readonly<Record<string, Partial<CaseSetup>>> = {
  "votes that keep as many entries as there are": { votes: roomy },
  "votes that keep more": { votes: { ...roomy, keep: 10 ** 6 } },
  "calibration with lambda 1": { calibrate: [lenient] },
  "calibration with lambda 2": { calibrate: [{ ...lenient, lambda: 2 }] },
  "both": {
    votes: roomy,
    calibrate: [lenient],
    order: ["calibrate", "votes"],
  },
  "votes over the merged cache that keep all of it": {
    mergedVotes: { ...roomy, keep: 3 * 87 },
  },
  "calibration of the merged cache with lambda 1": {
    mergedCalibrate: [lenient],
  },
};

for (const [what, change] of Object.entries(noOps)) {
  Deno.test(`row 19: ${what}: nothing changes, bit for bit`, async () => {
    const { facts } = await goldenCase("gqa_sharded", "none");
    await using model = await loadModel(modelPath("gqa_sharded"));
    using plain = await runCase(model, facts);
    using run = await runCase(model, { ...facts, ...change });
    assertSameCache(run.context.cache, plain.context.cache);
    assertSameLogits(run, plain);
  });
}

Deno.test("row 19: keeping as many chunks as there are, or more, keeps all", async () => {
  const { facts } = await goldenCase("gqa_sharded", "none");
  await using model = await loadModel(modelPath("gqa_sharded"));
  using all = await runCase(model, facts, { select: { n: "all" } });
  assert.deepEqual(all.best.map(({ chunk }) => chunk.index), [0, 1, 2, 3, 4]);
  for (const n of [5, 50]) {
    for (const keep of ["lowest", "highest"] as const) {
      using run = await runCase(model, facts, { select: { n, keep } });
      assertSameCache(run.context.cache, all.context.cache);
      assertSameLogits(run, all);
    }
  }
});
