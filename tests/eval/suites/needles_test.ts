import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { EvalCase } from "../../../eval/eval_case.ts";
import { metricOf } from "../../../eval/metrics/mod.ts";
import type { CaseChoice, CaseTools } from "../../../eval/suite.ts";
import { needles } from "../../../eval/suites/needles.ts";
import { promptTokens } from "../../../eval/tasks/make_case.ts";
import { openModel } from "../../../io/open_model.ts";
import { wordTokenizer } from "../tasks/word_tokenizer.ts";
import { withFolder, writeFile } from "../../cli/documents.ts";

function casesOf(
  choice: CaseChoice,
  tools: CaseTools = { tokenizer: wordTokenizer },
): Promise<EvalCase[]> {
  return Array.fromAsync(needles.cases(choice, tools));
}

const idsOf = (cases: readonly EvalCase[]) => cases.map(({ id }) => id);

for (const template of needles.templates!) {
  Deno.test(`needles, ${template}: every case is as long as asked for, holds its evidence, and takes the right answer`, async () => {
    await using model = await openModel("tiny");
    const { tokenizer } = model;
    const lengths = [2048, 9000];
    const choice = { tasks: needles.tasks, lengths, seeds: [0, 1], template };
    const cases = await casesOf(choice, { tokenizer });
    assert.equal(cases.length, 15 * 2 * 2);
    assert.equal(new Set(idsOf(cases)).size, cases.length);
    for (const made of cases) {
      const { id, document, expected, evidence = [], maxTokens } = made;
      const used = promptTokens(made, tokenizer) + maxTokens;
      const line = id.startsWith("niah_multikey_3") ? 100 : 0; // one of its lines is longer than 1 % of 2,048
      const least = Math.min(made.length! * 0.99, made.length! - line);
      assert(used <= made.length! && used >= least, `${id}: ${used} tokens`);
      for (const text of evidence) assert(document.includes(text), id);
      for (const text of expected) assert(document.includes(text), id);
      assert(
        expected.every((text) => tokenizer.encode(text).length <= maxTokens),
      );
      const metric = metricOf(made.metric);
      assert.equal(metric.score(` ${expected.join(", ")}.`, made), 1, id);
      assert.equal(metric.score(" nothing", made), 0, id);
    }
  });
}

Deno.test("needles makes the same cases on every machine", async () => {
  const digestOf = async (template: string) => {
    const lengths = [4096];
    const choice = { tasks: needles.tasks, lengths, seeds: [7], template };
    const json = JSON.stringify(await casesOf(choice));
    return createHash("sha256").update(json).digest("hex").slice(0, 16);
  };
  assert.deepEqual(
    [await digestOf("short"), await digestOf("ruler")],
    ["07526e0e51db58b1", "306d5904ae91daf4"],
  );
});

Deno.test("needles draws every case anew: by task, length and seed", async () => {
  const choice = { tasks: ["niah_single_2", "passkey"], lengths: [500, 600] };
  const cases = await casesOf({ ...choice, seeds: [0, 1, 2] });
  const answers = cases.map(({ expected }) => expected[0]);
  assert.equal(new Set(answers).size, 12);
});

Deno.test("needles plants the same in both templates", async () => {
  const choice = { tasks: ["niah_multiquery"], lengths: [2048], seeds: [5] };
  const [short] = await casesOf(choice);
  const [ruler] = await casesOf({ ...choice, template: "ruler" });
  assert.deepEqual(ruler!.evidence, short!.evidence);
  assert.deepEqual(ruler!.expected, short!.expected);
  assert.notEqual(ruler!.id, short!.id);
  assert.equal(short!.form, "plain");
});

Deno.test("needles gives thirteen tasks by itself, task by task and length by length", async () => {
  const chosen = await casesOf({ lengths: [1500], limit: 1 });
  assert.equal(chosen.length, 13);
  const tasks = ["vt", "fact"];
  const cases = await casesOf({ tasks, lengths: [900, 700], seeds: [3, 1] });
  assert.deepEqual(idsOf(cases), [
    ...["vt/900/3", "vt/900/1", "vt/700/3", "vt/700/1"],
    ...["fact/900/3", "fact/900/1", "fact/700/3", "fact/700/1"],
  ]);
  const limited = await casesOf({ tasks, lengths: [700], limit: 3 });
  assert.deepEqual(idsOf(limited).slice(2, 4), ["vt/700/2", "fact/700/0"]);
});

Deno.test("needles makes a case when it is asked for", async () => {
  let encoded = 0;
  const tokenizer = {
    ...wordTokenizer,
    encode: (text: string) => (encoded++, wordTokenizer.encode(text)),
  };
  const cases = needles.cases({ tasks: ["fact"] }, { tokenizer });
  const iterator = cases[Symbol.asyncIterator]();
  assert.equal(encoded, 0);
  await iterator.next();
  const first = encoded;
  assert(first > 0);
  await iterator.next();
  assert(encoded > first && encoded < 4 * first);
});

Deno.test("needles takes another text as haystack", async () => {
  await withFolder(async (folder) => {
    const data = await writeFile(
      folder,
      "a.txt",
      "Only these words. ".repeat(9),
    );
    const choice = { tasks: ["passkey"], lengths: [300], seeds: [0] };
    const tools = { tokenizer: wordTokenizer, data };
    const [made] = await casesOf(choice, tools);
    assert.deepEqual(made!.files!.map(({ name }) => name), ["a.txt"]);
    const hay = made!.document.replace(made!.evidence![0]!, "");
    assert.match(hay, /^[ Onlythesewords.]+$/);
  });
});

Deno.test("needles refuses unknown tasks and templates, and lengths that are too short", async () => {
  await assert.rejects(
    casesOf({ tasks: ["facts"] }),
    /RangeError: Unknown task 'facts'; tasks: niah_single_1, /,
  );
  await assert.rejects(
    casesOf({ template: "long" }),
    /RangeError: Unknown template 'long'; templates: short, ruler/,
  );
  const error = await casesOf({ tasks: ["vt"], lengths: [100] })
    .catch((error) => error);
  const [, least] = /too short for the task 'vt'; ask for at least (\d+)$/
    .exec(error.message)!;
  const [made] = await casesOf({
    tasks: ["vt"],
    lengths: [Number(least)],
    seeds: [0],
  });
  assert.equal(made!.task, "vt");
});
