import assert from "node:assert/strict";
import { loadModel } from "../../kernels/load_model.ts";
import { assertCaseAgrees } from "./case_agrees.ts";
import { answerCase, runCase } from "./case_run.ts";
import { assertDecodingAgrees } from "./decoding_agrees.ts";
import {
  caseNames,
  goldenCase,
  modelPath,
  randomModels,
  rowsOf,
} from "./golden_case.ts";

for (const name of randomModels()) {
  for (const caseName of caseNames(name)) {
    const golden = await goldenCase(name, caseName);
    const { facts } = golden;

    Deno.test(`${rowsOf(facts)}: '${name}' equals the reference, ${caseName}`, async (t) => {
      await using model = await loadModel(modelPath(name));
      for (const form of ["two passes", "one pass"] as const) {
        await t.step(form, async () => {
          const run = await runCase(model, facts, { form });
          await assertCaseAgrees(run, golden);
          run[Symbol.dispose]();
          assert.equal(run.budget.used, 0);
        });

        await t.step(`${form}, for the answer alone`, async () => {
          const run = await answerCase(model, facts, { form });
          assertDecodingAgrees(run, golden);
          assert.equal(run.budget.used, 0);
        });
      }
    });
  }
}
