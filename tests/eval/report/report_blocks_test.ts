import assert from "node:assert/strict";
import type { Block, Cell } from "../../../eval/report/blocks.ts";
import { reportBlocks } from "../../../eval/report/report_blocks.ts";
import type { ReportRow } from "../../../eval/report/report_row.ts";
import { madeFailure, madeRow, madeRows } from "./made_rows.ts";

const options = {
  files: [{ name: "/somewhere/rows.jsonl", sha256: "e".repeat(64), rows: 1 }],
  command: "parallelcomp report rows.jsonl",
};
const blocksOf = (rows: readonly ReportRow[], limits?: string) =>
  reportBlocks(rows, { ...options, ...(limits !== undefined && { limits }) });

type Table = Extract<Block, { kind: "table" }>;
const tables = (blocks: readonly Block[], caption: RegExp): Table[] =>
  blocks.filter((block): block is Table =>
    block.kind === "table" && caption.test(block.caption ?? "")
  );
const headings = (blocks: readonly Block[]) =>
  blocks.flatMap((block) => block.kind === "heading" ? [block.text] : []);
const shown = (cell: Cell | undefined) =>
  typeof cell === "object" ? `(${cell.strong})` : cell;

const good = { method: "good", effectiveHash: "1" };
const fair = { method: "fair", effectiveHash: "2" };
const poor = { method: "poor", effectiveHash: "3" };

Deno.test("reportBlocks() prints the best, its ties and n of every cell", () => {
  const blocks = blocksOf([
    ...madeRows(20, 19, good),
    ...madeRows(20, 17, fair),
    ...madeRows(10, 1, poor),
    ...madeRows(20, 20, { ...good, length: 8192 }),
  ]);
  const [table] = tables(blocks, /^passkey$/);
  assert.deepEqual(table!.head, ["method", "2,048 tokens", "8,192 tokens"]);
  assert.deepEqual(table!.rows.map((row) => row.map(shown)), [
    ["good", "(0.95 [0.85, 1.00] n 20 ≈)", "1.00 [1.00, 1.00] n 20"],
    ["fair", "0.85 [0.70, 1.00] n 20 ≈", "–"],
    ["poor", "0.10 [0.00, 0.30] n 10", "–"],
  ]);
});

Deno.test("reportBlocks() never puts methods of two classes in one table", () => {
  const blind = { ...fair, queryAware: false };
  const bound = { ...poor, oracle: true };
  const blocks = blocksOf(
    [good, blind, bound].flatMap((fields) => madeRows(4, 2, fields)),
  );
  const heads = headings(blocks).filter((name) => name.startsWith("Accuracy"));
  assert.deepEqual(heads, [
    "Accuracy: query-aware methods",
    "Accuracy: query-agnostic methods",
    "Accuracy: bounds that know where the answer is",
  ]);
  for (const table of tables(blocks, /^(passkey|.*methods?, |bounds)/)) {
    assert.equal(table.rows.length, 1, table.caption);
  }
  const costs = tables(blocks, /^methods on the frontier/);
  assert.equal(costs.length, 3);
  for (const { rows } of costs) assert.equal(rows.length, 2); // by bytes and by time
});

Deno.test("reportBlocks() sums up all tasks, and says where they weigh differently", () => {
  const even = blocksOf([
    ...madeRows(4, 4, good),
    ...madeRows(4, 0, { ...good, task: "fact" }),
  ]);
  const [table] = tables(even, /^all 2 tasks$/);
  assert.match(String(table!.rows[0]![1]), /^0\.50 \[.*\] n 8$/);
  const said = (blocks: readonly Block[]) =>
    blocks.flatMap((b) => b.kind === "text" ? [b.text] : []).join("\n");
  assert.match(said(even), /weighs them alike: 4 cases each/);
  const uneven = blocksOf([
    ...madeRows(4, 4, good),
    ...madeRows(2, 0, { ...good, task: "fact" }),
  ]);
  assert.match(said(uneven), /tasks with more cases weigh more/);
});

Deno.test("reportBlocks() says time and memory of every length", () => {
  const rows = [1, 2, 9].map((seconds, i) =>
    madeRow({
      seconds,
      case: `passkey/2048/${i}`,
      peakBytes: seconds * 2 ** 20,
    })
  );
  const [table] = tables(blocksOf(rows), /^query-aware methods, 2,048 tokens$/);
  assert.deepEqual(table!.rows, [
    [
      ...["parallelcomp", "1.00 [1.00, 1.00] n 3"],
      ...["2.00 [1.00, 9.00]", "0.50 [0.50, 0.50]"],
      ...["512", "4.0", "9.0"],
    ],
  ]);
});

Deno.test("reportBlocks() says accuracy beside time and memory, and when cases shared the machine", () => {
  const judged = madeRows(4, 1, { command: "parallelcomp eval --jobs 2" });
  const measured = madeRow({
    ...fair,
    metric: "perplexity",
    nll: Math.log(4321),
    score: 1 / 4321,
  });
  const said = JSON.stringify(blocksOf(judged));
  assert.match(said, / 2 cases shared the machine at a time/);
  assert.doesNotMatch(JSON.stringify(blocksOf(madeRows(2, 1))), /shared the/);
  const accuracy = (rows: readonly ReportRow[]) => {
    const [table] = tables(blocksOf(rows), /^query-aware methods, 2,048/);
    return [table!.head[1], ...table!.rows.map((row) => row[1])];
  };
  const cell = "0.25 [0.00, 0.75] n 4";
  assert.deepEqual(accuracy(judged), ["accuracy", cell]);
  assert.deepEqual(accuracy([measured]), [
    "perplexity",
    "4,321 [4,321, 4,321] n 1",
  ]);
  assert.deepEqual(accuracy([...judged, measured]), ["accuracy", cell, "–"]);
});

Deno.test("reportBlocks() finds the frontier by bytes kept and by time", () => {
  const cost = (mebibytes: number, seconds: number) => ({
    kept: { entries: 1, bytes: mebibytes * 2 ** 20 },
    seconds,
  });
  const [table] = tables(
    blocksOf([
      ...madeRows(4, 2, { ...good, ...cost(1, 9) }),
      ...madeRows(4, 2, { ...fair, ...cost(9, 1) }),
      ...madeRows(4, 1, { ...poor, ...cost(5, 5) }),
    ]),
    /^methods on the frontier, the cheapest first: query-aware methods$/,
  );
  assert.deepEqual(table!.rows, [
    ["2,048 tokens", "bytes kept", "good 0.50 at 1.0 MiB, n 4"],
    ["2,048 tokens", "time", "fair 0.50 at 1.0 s, n 4"],
  ]);
});

Deno.test("reportBlocks() keeps models and suites apart, also of one name", () => {
  const other = { modelHash: "9", suite: "needles" };
  const blocks = blocksOf([
    ...madeRows(2, 2),
    ...madeRows(2, 0, other),
    ...madeRows(2, 1, { suite: "ruler-qa" }),
  ]);
  const names = headings(blocks).filter((name) => name.includes(" on "));
  assert.deepEqual(names, [
    "needles on tiny (SHA-256 cccccccc)",
    "needles on tiny (SHA-256 9)",
    "ruler-qa on tiny",
  ]);
  const cells = tables(blocks, /^passkey$/).map(({ rows }) => rows[0]![1]);
  assert.deepEqual(cells.map((cell) => String(cell).slice(0, 4)), [
    "1.00",
    "0.00",
    "0.50",
  ]);
});

Deno.test("reportBlocks() draws accuracy by length where there are lengths to compare", () => {
  const drawn = (rows: readonly ReportRow[]) =>
    blocksOf(rows).flatMap((b) => b.kind === "chart" ? [b.title] : [])
      .filter((title) => title.startsWith("Accuracy by length"));
  assert.equal(drawn(madeRows(2, 1)).length, 0);
  const longer = madeRows(2, 1, { length: 8192 });
  assert.equal(drawn([...madeRows(2, 1), ...longer]).length, 1);
  const measured = [2048, 8192].map((length) =>
    madeRow({ length, case: `${length}`, metric: "perplexity", nll: 2 })
  );
  const charts = blocksOf(measured).flatMap((b) =>
    b.kind === "chart" ? [b.title] : []
  );
  assert.deepEqual(charts, ["Perplexity by length"]);
});

Deno.test("reportBlocks() keeps perplexity apart, where the lowest is the best", () => {
  const measured = (method: string, nll: number) =>
    madeRow({
      method,
      effectiveHash: method,
      task: "book",
      metric: "perplexity",
      nll,
      score: Math.exp(-nll),
    });
  const blocks = blocksOf([
    measured("a", Math.log(8)),
    measured("b", Math.log(4)),
  ]);
  assert(headings(blocks).includes("Perplexity: query-aware methods"));
  assert(!headings(blocks).some((name) => name.startsWith("Accuracy")));
  const [table] = tables(blocks, /^book$/);
  assert.deepEqual(table!.rows.map((row) => shown(row[1])), [
    "8.00 [8.00, 8.00] n 1",
    "(4.00 [4.00, 4.00] n 1)",
  ]);
  const [paper] = tables(blocks, /^Table 3: /);
  assert.equal(paper!.rows[0]![0], "a, tiny");
  assert(paper!.rows.some((row) => row[0] === "published: Ours"));
});

Deno.test("reportBlocks() stands rows beside the paper's, and marks which are published", () => {
  const blocks = blocksOf([
    madeRow({ suite: "longbench", task: "qasper", length: null, score: 0.25 }),
    ...madeRows(3, 3, { suite: "longbench", task: "trec", length: null }),
  ]);
  const [table] = tables(blocks, /^Table 1: LongBench/);
  const column = table!.head.indexOf("qasper");
  assert.deepEqual(table!.rows[0]!.slice(0, 2), ["parallelcomp, tiny", "1"]);
  assert.equal(table!.rows[0]![column], "25.00");
  assert.equal(table!.rows[0]!.at(-1), "–"); // no average of some tasks
  const others = table!.rows.slice(1);
  assert(others.every(([name]) => String(name).startsWith("published: ")));
  assert.equal(
    others.find(([name]) => name === "published: Ours")![column],
    "17.5",
  );
  const said = blocks.flatMap((b) => b.kind === "text" ? [b.text] : []);
  const left = said.find((one) => /no row here can stand beside/.test(one))!;
  assert.match(left, /Table 7/);
  assert.doesNotMatch(left, /Table 1,/);
});

Deno.test("reportBlocks() says where rows come from and what failed, and no folder of any machine", () => {
  const blocks = blocksOf([
    madeRow({ model: "/home/me/model.gguf", warnings: ["short"] }),
    madeFailure("no memory for /home/me/model.gguf", {
      caseHash: "other",
      model: "/home/me/model.gguf",
    }),
  ], "- It is **slow**.");
  const said = JSON.stringify(blocks);
  assert.match(said, /parallelcomp report rows\.jsonl/);
  assert.match(said, /rows\.jsonl, 1 rows, SHA-256 e{64}/);
  assert.match(said, /1 failed, which no mean counts/);
  assert.match(said, /1 × parallelcomp: no memory for model\.gguf/);
  assert.match(said, /1 × short/);
  assert.match(said, /model\.gguf, SHA-256 c{16}/);
  assert.match(said, /It is \*\*slow\*\*/);
  assert.doesNotMatch(said, /\/home|\/somewhere/);
});

Deno.test("reportBlocks() refuses to report nothing", () => {
  assert.throws(() => blocksOf([]), RangeError);
});
