import assert from "node:assert/strict";
import { suiteOf, suites } from "../../../eval/suites/mod.ts";
import type { CaseChoice, CaseTools } from "../../../eval/suite.ts";

const tools = {} as CaseTools; // a file of cases needs no tokenizer

async function casesOf(text: string, choice: CaseChoice = {}) {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/cases.jsonl`;
    await Deno.writeTextFile(path, text);
    await Deno.writeTextFile(`${folder}/book.txt`, "Call me Ishmael.");
    return await Array.fromAsync(suiteOf(path).cases(choice, tools));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const line = (more: Record<string, unknown>) =>
  JSON.stringify({ document: "d", question: "q", expected: "e", ...more });

Deno.test("a file of cases gives each line with what it leaves out filled in", async () => {
  const text = [
    line({}),
    "",
    JSON.stringify({
      id: "far",
      task: "key",
      length: 2048,
      seed: 7,
      documentPath: "book.txt",
      question: "q",
      answerPrefix: "It is",
      expected: ["e", "f"],
      evidence: ["g"],
      options: ["h"],
      metric: "contains-all",
      maxTokens: 5,
    }),
  ].join("\n");
  const [first, second] = await casesOf(text);
  assert.deepEqual(first, {
    id: "1",
    task: "case",
    length: null,
    seed: null,
    document: "d",
    question: "q",
    expected: ["e"],
    metric: "contains-any",
    maxTokens: 64,
  });
  assert.equal(second!.document, "Call me Ishmael.");
  assert.deepEqual(second!.expected, ["e", "f"]);
  assert.equal(second!.answerPrefix, "It is");
  assert.equal(second!.maxTokens, 5);
});

Deno.test("a file of cases chooses by task, length, seed and limit", async () => {
  const text = [
    line({ id: "a", task: "x", length: 10, seed: 0 }),
    line({ id: "b", task: "x", length: 10, seed: 1 }),
    line({ id: "c", task: "x", length: 20, seed: 0 }),
    line({ id: "d", task: "y" }),
  ].join("\n");
  const ids = async (choice: CaseChoice) =>
    (await casesOf(text, choice)).map(({ id }) => id).join("");
  assert.equal(await ids({}), "abcd");
  assert.equal(await ids({ tasks: ["y"] }), "d");
  assert.equal(await ids({ lengths: [10] }), "ab");
  assert.equal(await ids({ seeds: [0] }), "ac");
  assert.equal(await ids({ limit: 1 }), "acd");
});

Deno.test("a file of cases says which line is wrong", async () => {
  const refuses = (text: string, message: RegExp) =>
    assert.rejects(casesOf(text), { name: "SyntaxError", message });
  await refuses("{", /cases\.jsonl:1: no JSON/);
  await refuses(`${line({})}\n${line({ document: 1 })}`, /:2: document: /);
  await refuses(line({ documentPath: "x" }), /either document or documentPath/);
  await refuses(line({ metric: "f2" }), /metric: Unknown metric 'f2'/);
  await refuses(line({ typo: 1 }), /Unrecognized key.*typo/);
  await refuses(
    [line({ id: "a" }), line({ id: "a" })].join("\n"),
    /:2: the id 'a' is there twice/,
  );
});

Deno.test("suiteOf() finds every suite by its name, and says what there is", () => {
  for (const suite of suites) assert.equal(suiteOf(suite.name), suite);
  assert.throws(() => suiteOf("ruller"), /^RangeError: Unknown suite 'ruller'/);
});
