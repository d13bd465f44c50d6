import assert from "node:assert/strict";
import { loadModel } from "../../kernels/load_model.ts";
import { exportedModel } from "../exported_model.ts";
import { assertCaseAgrees } from "./case_agrees.ts";
import { answerCase, runCase } from "./case_run.ts";
import { assertDecodingAgrees } from "./decoding_agrees.ts";
import { caseNames, goldenCase } from "./golden_case.ts";

for (
  const name of [
    "optimum_llama",
    "genai_llama",
    "optimum_qwen2",
    "optimum_gemma2",
  ]
) {
  Deno.test(`every case of ParallelComp on '${name}' equals the reference: chunks, kept sets, merged KV, tokens`, async (t) => {
    await using exported = await exportedModel(name);
    await using model = await loadModel(exported.path);
    for (const caseName of caseNames(exported.source)) {
      const golden = await goldenCase(exported.source, caseName);
      for (const form of ["two passes", "one pass"] as const) {
        await t.step(`${caseName}, ${form}`, async () => {
          using run = await runCase(model, golden.facts, { form });
          await assertCaseAgrees(run, golden);
        });
        await t.step(`${caseName}, ${form}, for the answer alone`, async () => {
          assertDecodingAgrees(
            await answerCase(model, golden.facts, { form }),
            golden,
          );
        });
      }
    }
  });
}

Deno.test("loadModel() of an export frees what it held", async () => {
  await using exported = await exportedModel("genai_llama");
  await using model = await loadModel(exported.path);
  const golden = await goldenCase(exported.source, "votes_question_31");
  const run = await runCase(model, golden.facts);
  run[Symbol.dispose]();
  assert.equal(run.budget.used, 0);
});
