import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { EvalCase } from "../../../eval/eval_case.ts";
import type { CaseChoice } from "../../../eval/suite.ts";
import { rulerQa } from "../../../eval/suites/ruler_qa.ts";
import { promptTokens } from "../../../eval/tasks/make_case.ts";
import { withFolder, writeFile } from "../../cli/documents.ts";
import { fixtures, rulerCases } from "../tasks/ruler_case.ts";
import { wordTokenizer as tokenizer } from "../tasks/word_tokenizer.ts";

const data = fileURLToPath(fixtures);

function casesOf(choice: CaseChoice, folder = data): Promise<EvalCase[]> {
  return Array.fromAsync(rulerQa.cases(choice, { tokenizer, data: folder }));
}

/** A prompt's documents, and what stands around them. */
function partsOf(prompt: string) {
  const [, lead, context, tail] =
    /^(.*?given documents\.\n\n)(Document 1:\n.*?)(\n\nAnswer the question .*)$/s
      .exec(prompt)!;
  const documents = context!.split(/\n\n(?=Document \d+:\n)/).map((text, i) => {
    assert(text.startsWith(`Document ${i + 1}:\n`));
    return text.slice(text.indexOf("\n") + 1);
  });
  return { frame: [lead, tail], documents };
}

for (const task of ["qa_1", "qa_2"]) {
  Deno.test(`${task} asks RULER's questions in RULER's order, words and form`, async () => {
    const published = await rulerCases([task]);
    assert.equal(published.length, 3);
    const seeds = [0, 1, 2];
    const cases = await casesOf({
      tasks: [task],
      lengths: [512],
      seeds,
      template: "ruler",
    });
    for (const [i, made] of cases.entries()) {
      const { lead, document, question, answerPrefix, expected } = made;
      const ours = partsOf(lead! + document + question + answerPrefix);
      const theirs = partsOf(published[i]!.prompt);
      assert.deepEqual(ours.frame, theirs.frame);
      assert.deepEqual(expected, published[i]!.outputs);
      assert.deepEqual(
        [...new Set(ours.documents)].sort(),
        [...new Set(theirs.documents)].sort(),
      );
      assert(promptTokens(made, tokenizer) + made.maxTokens <= 512);
      for (const text of made.evidence!) assert(document.includes(text));
    }
  });
}

Deno.test("qa_1 adds paragraphs of the same article before others, each once while there are any", async () => {
  const [made] = await casesOf({
    tasks: ["qa_1"],
    lengths: [170],
    seeds: [4],
  });
  const towns = [...made!.document.matchAll(/\n(\w+) is a town/g)]
    .map(([, town]) => town);
  assert.equal(
    made!.question,
    "Question: When was the market of Estby founded?",
  );
  assert.deepEqual(towns.toSorted().slice(0, 1), ["Estby"]);
  assert.deepEqual(towns.toSorted(), ["Estby", "Farrow", "Gale", "Hythe"]);
});

Deno.test("qa_1's evidence is the sentence with the answer, qa_2's the supporting facts", async () => {
  const cases = await casesOf({ lengths: [400], seeds: [2] });
  assert.deepEqual(cases.map(({ evidence }) => evidence), [
    ["Its market was founded in 1574."],
    [
      "Its school was given by the owner of Farrow Hall.",
      "It belongs to the family junoson.",
    ],
  ]);
});

Deno.test("ruler-qa leaves out seeds that the file has no question for", async () => {
  const cases = await casesOf({ tasks: ["qa_2"], lengths: [400], limit: 99 });
  assert.deepEqual(cases.map(({ seed }) => seed), [0, 1, 2, 3, 4, 5]);
});

Deno.test("ruler-qa takes files by their published names, and says what is missing or damaged", async () => {
  await withFolder(async (folder) => {
    const squad = await Deno.readTextFile(new URL("squad.json", fixtures));
    await writeFile(folder, "dev-v2.0.json", squad);
    const choice = { tasks: ["qa_1"], lengths: [400], limit: 1 };
    const [made] = await casesOf(choice, folder);
    const [file] = made!.files!;
    assert.equal(file!.name, "dev-v2.0.json");
    assert.equal(file!.published, false); // made, not SQuAD's own
    await assert.rejects(
      casesOf({ ...choice, tasks: ["qa_2"] }, folder),
      /reads HotpotQA: give the folder that holds hotpotqa\.json or hotpot_dev_distractor_v1\.json/,
    );
    await writeFile(folder, "hotpotqa.json", `[{"question": "Who?"}]`);
    await assert.rejects(
      casesOf({ ...choice, tasks: ["qa_2"] }, folder),
      /hotpotqa\.json.*"0\.answer"/,
    );
  });
  const none = rulerQa.cases({}, { tokenizer });
  await assert.rejects(Array.fromAsync(none), /'qa_1' reads SQuAD 2\.0: give/);
});
