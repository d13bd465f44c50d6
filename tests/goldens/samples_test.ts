import assert from "node:assert/strict";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { answerCase } from "./case_run.ts";
import { type CaseSetup, goldenCase, modelPath } from "./golden_case.ts";
import { assertSameLogits } from "./same_run.ts";

/** A long document, and one whose only chunk is shorter than what the evictor keeps of the other's. */
async function samples(): Promise<readonly [CaseSetup, CaseSetup]> {
  const { facts } = await goldenCase("gqa_sharded", "paper");
  const question = "Or a longer question?";
  return [facts, { ...facts, text: facts.text!.slice(200, 230), question }];
}

const answers = async (model: LanguageModel, setups: readonly CaseSetup[]) => {
  const runs = [];
  for (const setup of setups) runs.push(await answerCase(model, setup));
  return runs;
};

Deno.test("row 20: two samples in either order, or at the same time, give the same results", async () => {
  const [long, short] = await samples();
  const path = modelPath("gqa_sharded");
  await using model = await loadModel(path);
  const [first, second] = await answers(model, [long, short]);
  await using other = await loadModel(path);
  const [secondAgain, firstAgain] = await answers(other, [short, long]);
  assertSameLogits(firstAgain!, first!);
  assertSameLogits(secondAgain!, second!);
  const [both, beside] = await Promise.all([
    answerCase(other, long),
    answerCase(other, short),
  ]);
  assertSameLogits(both, first!);
  assertSameLogits(beside, second!);
  assert.notDeepEqual(first!.asked.tokens, second!.asked.tokens);
});
