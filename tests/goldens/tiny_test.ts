import assert from "node:assert/strict";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { golden } from "../golden.ts";
import { assertCaseAgrees } from "./case_agrees.ts";
import { type CaseRun, reread, runCase } from "./case_run.ts";
import { assertScoresAgree, assertSelectionAgrees } from "./chunks_agree.ts";
import { assertDecodingAgrees } from "./decoding_agrees.ts";
import {
  assertEntriesAgree,
  assertMergedEntriesAgree,
} from "./entries_agree.ts";
import {
  type CaseGolden,
  caseNames,
  documentText,
  goldenCase,
  modelPath,
} from "./golden_case.ts";
import { assertMergedAgrees } from "./merged_agree.ts";

const forms = ["two passes", "one pass"] as const;
const others = caseNames("tiny")
  .filter((name) => name !== "none" && name !== "votes_chat");

/** A case from its scored chunks on, against its golden. */
async function compareOver(
  model: LanguageModel,
  { scored }: CaseRun,
  expected: CaseGolden,
): Promise<void> {
  using run = await runCase(model, expected.facts, {
    replace: { "scored.chunks": reread(scored) },
  });
  assertScoresAgree(run, expected);
  assertSelectionAgrees(run, expected);
  await assertEntriesAgree(run, expected);
  await assertMergedEntriesAgree(run, expected);
  assertMergedAgrees(run, expected);
  assertDecodingAgrees(run, expected);
}

Deno.test("the bundled model reads the document as the reference does", async () => {
  await using model = await loadModel(modelPath("tiny"));
  const text = await documentText({ document: "tiny/document" });
  const expected = (await golden("tiny/document")).int16("ids").data;
  assert.deepEqual([...model.tokenizer.encode(text)], [...expected]);
});

for (const form of forms) {
  Deno.test(`rows 5, 9, 17, 18, 25-28, 30, 33: the bundled model equals the reference in ${form}, every case on the same chunks`, async (t) => {
    await using model = await loadModel(modelPath("tiny"));
    const first = await goldenCase("tiny", "none");
    const prefilled = await runCase(model, first.facts, { form });
    await t.step("none, from the document on", async () => {
      await assertCaseAgrees(prefilled, first);
    });
    for (const name of others) {
      await t.step(name, async () => {
        const expected = await goldenCase("tiny", name);
        await compareOver(model, prefilled, expected);
      });
    }
    prefilled[Symbol.dispose]();
    assert.equal(prefilled.budget.used, 0);
  });
}

Deno.test("rows 5, 9, 17, 33: the bundled model in chat turns equals the reference", async () => {
  await using model = await loadModel(modelPath("tiny"));
  const expected = await goldenCase("tiny", "votes_chat");
  const run = await runCase(model, expected.facts, { form: "one pass" });
  await assertCaseAgrees(run, expected);
  run[Symbol.dispose]();
  assert.equal(run.budget.used, 0);
});
