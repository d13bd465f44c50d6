import assert from "node:assert/strict";
import { caseEdits } from "../../../cli/eval/case_edits.ts";
import { chooseMethods } from "../../../cli/eval/methods.ts";
import { evalCells } from "../../../cli/eval/eval_cells.ts";
import { duration } from "../../../cli/eval/eval_progress.ts";
import type { EvalRow } from "../../../cli/eval/eval_row.ts";
import { evalCaseHash } from "../../../cli/eval/list_cases.ts";
import { readRanges } from "../../../cli/eval/number_lists.ts";
import { choiceOf } from "../../../cli/eval/run_eval.ts";
import { readShard } from "../../../cli/eval/shard.ts";
import type { EvalCase } from "../../../eval/eval_case.ts";
import type { GraphFile } from "../../../mod.ts";
import { madeRow } from "./made_row.ts";

const given: EvalCase = {
  id: "1",
  task: "t",
  length: null,
  seed: null,
  document: "d",
  question: "q",
  expected: ["e"],
  metric: "contains-any",
  maxTokens: 4,
};
const graph = {
  version: 1,
  nodes: { asking: { stage: "prompt" }, decoded: { stage: "decode" } },
  outputs: {},
} as unknown as GraphFile;

Deno.test("caseEdits() gives the prompt what a case says", () => {
  const options = (more: Partial<EvalCase>, form: string, chat: boolean) =>
    Object.fromEntries(
      caseEdits(graph, { ...given, ...more }, { form, chat }).map((edit) => {
        assert(edit.kind === "option" && edit.node === "asking");
        return [edit.path[0], edit.value];
      }),
    );
  assert.deepEqual(options({}, "auto", true), { form: "chat" });
  assert.deepEqual(options({}, "auto", false), { form: "raw" });
  assert.deepEqual(options({}, "plain", true), { form: "plain" });
  assert.deepEqual(options({ form: "plain" }, "auto", true), { form: "raw" });
  const answerPrefix = "It is";
  assert.deepEqual(options({ answerPrefix, stop: [] }, "raw", true), {
    form: "raw",
    stop: [],
    answerPrefix,
  });
  const template = "Read: {document}{question}";
  const led = (form: string, chat: boolean) =>
    options({ lead: "Read: " }, form, chat);
  assert.deepEqual(led("raw", true), { form: "plain", template });
  assert.deepEqual(led("auto", true), { form: "chat", template });
  assert.deepEqual(led("auto", false), { form: "plain", template });
});

Deno.test("caseEdits() measures a continuation in the decoder's place", () => {
  const edits = caseEdits(graph, { ...given, metric: "perplexity" }, {
    form: "auto",
    chat: true,
  });
  assert.deepEqual(edits.filter(({ kind }) => kind === "stage"), [
    { kind: "stage", node: "decoded", stage: "decode.given" },
  ]);
  assert.deepEqual(edits.at(-1), {
    kind: "option",
    node: "decoded",
    path: ["text"],
    value: "e",
  });
});

Deno.test("caseEdits() refuses to measure where nothing decodes, which an answer would be taken for", () => {
  const doubts = {
    ...graph,
    nodes: { ...graph.nodes, decoded: { stage: "decode.doubt" } },
  } as GraphFile;
  const wish = { form: "auto", chat: false };
  assert.throws(
    () => caseEdits(doubts, { ...given, metric: "perplexity" }, wish),
    /node of the stage 'decode', and the graph has none/,
  );
  assert.equal(caseEdits(doubts, given, wish).length, 1);
});

Deno.test("evalCaseHash() changes with what is asked, not with the file's name", () => {
  const hash = evalCaseHash(given);
  for (
    const more of [{ document: "D" }, { answerPrefix: "a" }, { maxTokens: 5 }]
  ) assert.notEqual(evalCaseHash({ ...given, ...more }), hash);
  const files = [{ name: "n", sha256: "s", published: null }];
  assert.equal(evalCaseHash({ ...given, files }), hash);
});

Deno.test("readShard() splits ids into parts, each id into one", () => {
  const ids = Array.from({ length: 400 }, (_, i) => `fact/8192/${i}`);
  const parts = [1, 2, 3].map((part) => {
    const shard = readShard(`${part}/3`);
    return ids.filter((id) => shard.has(id));
  });
  assert.deepEqual(parts.flat().sort(), ids.toSorted());
  for (const { length } of parts) assert(length > 90 && length < 180);
  for (const text of ["0/3", "4/3", "1", "a/b"]) {
    assert.throws(() => readShard(text), /1\/4/);
  }
});

Deno.test("readRanges() reads numbers and ranges once each", () => {
  assert.deepEqual(readRanges("0-3,2,10000-10001"), [0, 1, 2, 3, 10000, 10001]);
  for (const text of ["", "3-1", "-1", "1.5", "a"]) {
    assert.throws(() => readRanges(text), /whole numbers and ranges/);
  }
});

Deno.test("chooseMethods() reads graphs with and without labels", async () => {
  const labels = async (...graphs: string[]) =>
    (await chooseMethods(graphs)).map(({ label, graph }) => [label, graph]);
  assert.deepEqual(await labels(), [["reread", "reread"]]);
  assert.deepEqual(await labels("paper", "mine=./a/my_graph.yaml"), [
    ["paper", "paper"],
    ["mine", "./a/my_graph.yaml"],
  ]);
  assert.deepEqual(await labels("./a/my.graph.yaml", "./b=c/d.json"), [
    ["my.graph", "./a/my.graph.yaml"],
    ["d", "./b=c/d.json"],
  ]);
  await assert.rejects(labels("paper", "a=one_pass", "a=paper"), /called 'a'/);
});

Deno.test("evalCells() has means with intervals; a perplexity is not its inverse", () => {
  const rows: EvalRow[] = [
    madeRow({ case: "0", score: 1 }),
    madeRow({ case: "1", score: 0, firstTokenSeconds: null }),
    { ...madeRow({ case: "2" }), error: "no room" } as EvalRow,
    madeRow({
      case: "3",
      task: "book",
      metric: "perplexity",
      nll: Math.log(8),
    }),
    madeRow({
      case: "4",
      task: "book",
      metric: "perplexity",
      nll: Math.log(4),
    }),
  ];
  const [fact, book] = evalCells(rows);
  assert.deepEqual(
    [fact!.n, fact!.failed, fact!.mean, fact!.low, fact!.high],
    [2, 1, 0.5, 0, 1],
  );
  assert.equal(fact!.firstTokenSeconds, 1.5);
  assert.deepEqual([book!.mean, book!.standardError], [6, 2]);
});

Deno.test("choiceOf() holds seeds out by adding to them", () => {
  assert.deepEqual(choiceOf({ seeds: [0, 3], limit: 2 }), {
    seeds: [0, 3],
    limit: 2,
  });
  assert.deepEqual(choiceOf({ seeds: [0, 3], heldOut: true }).seeds, [
    10_000,
    10_003,
  ]);
  assert.equal(choiceOf({ heldOut: true }).seeds!.length, 20);
  assert.deepEqual(choiceOf({}), {});
});

Deno.test("duration() is said in the unit that fits", () => {
  assert.deepEqual([0.2, 89, 600, 9000].map(duration), [
    "about 1 s",
    "about 89 s",
    "about 10 min",
    "about 2.5 h",
  ]);
});
