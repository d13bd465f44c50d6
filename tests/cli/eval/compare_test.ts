import assert from "node:assert/strict";
import { chooseSides } from "../../../cli/eval/choose_sides.ts";
import { compareRows } from "../../../cli/eval/compare_rows.ts";
import type { EvalRow } from "../../../cli/eval/eval_row.ts";
import { withFolder, writeFile } from "../documents.ts";
import { runEvalCli } from "./cases.ts";
import { madeRow } from "./made_row.ts";

const seeds = [...Array(8).keys()];
const rowsOf = (method: string, score: number, more = {}) =>
  seeds.map((seed) =>
    madeRow({ case: `fact/8192/${seed}`, method, score, ...more })
  );
const file = (path: string, ...rows: EvalRow[]) => ({ path, rows });
const compare = (...files: ReturnType<typeof file>[]) =>
  compareRows(...chooseSides(files));

Deno.test("compareRows() pairs cases by task and length, and leaves out what one side lacks", () => {
  const far = { task: "two-hop", length: null, group: "0-4k" };
  const { cells, notes } = compare(
    file("a", ...rowsOf("ours", 1), madeRow({ ...far, case: "t" })),
    file(
      "b",
      ...rowsOf("paper", 0).slice(1),
      madeRow({ ...far, case: "t", method: "paper" }),
      { ...madeRow({ method: "paper" }), error: "no room" } as EvalRow,
    ),
  );
  const [fact, hop] = cells;
  assert.deepEqual(
    [fact!.task, fact!.length, fact!.n, fact!.meanA, fact!.meanB, fact!.tie],
    ["fact", 8192, 7, 1, 0, false],
  );
  assert.deepEqual([hop!.group, hop!.n, hop!.tie], ["0-4k", 1, true]);
  assert.deepEqual(notes, [
    "1 cases of ours alone are left out",
    "1 rows of paper failed",
  ]);
});

Deno.test("compareRows() says where one method knows more than the other", () => {
  const notes = (ours: Partial<EvalRow>, theirs: Partial<EvalRow>) =>
    compare(
      file("a", ...rowsOf("ours", 1, ours)),
      file("b", ...rowsOf("theirs", 0, theirs)),
    ).notes;
  assert.deepEqual(notes({}, {}), []);
  assert.deepEqual(notes({}, { queryAware: false }), [
    "ours sees the question, theirs does not see the question",
  ]);
  assert.deepEqual(notes({ oracle: true }, {}), [
    "ours knows the answer, theirs sees the question",
  ]);
});

Deno.test("compareRows() refuses rows of other cases, data and suites", () => {
  const ours = file("a", ...rowsOf("ours", 1));
  const refuses = (more: Partial<EvalRow>, message: RegExp) =>
    assert.throws(
      () => compare(ours, file("b", ...rowsOf("paper", 0, more))),
      message,
    );
  refuses({ caseHash: "other" }, /case fact\/8192\/0 has another document/);
  refuses({ dataHash: "d" }, /was read from other data: null and d/);
  refuses({ suite: "longbench" }, /suites are others: needles and longbench/);
  refuses({ case: "vt/1/1" }, /no case in common; compare rows of the same/);
});

Deno.test("chooseSides() takes the only methods, or those that are named", () => {
  const both = file("r", ...rowsOf("ours", 1), ...rowsOf("paper", 0));
  const names = (files: typeof both[], methods?: string[]) =>
    chooseSides(files, methods).map(({ name }) => name);
  assert.deepEqual(names([both]), ["ours", "paper"]);
  assert.deepEqual(names([both], ["paper", "ours"]), ["paper", "ours"]);
  assert.deepEqual(
    names([file("a", madeRow()), file("b", madeRow())]),
    ["ours (a)", "ours (b)"],
  );
  const refuses = (files: typeof both[], methods: string[], say: RegExp) =>
    assert.throws(() => names(files, methods), say);
  refuses([both], ["ours"], /names two methods/);
  refuses([both], ["ours", "ours"], /'ours' twice/);
  refuses([both], ["ours", "peper"], /no method 'peper'; it has: ours, paper/);
  assert.throws(() => names([file("a", madeRow())]), /1 methods \(ours\)/);
  const mixed = file("m", madeRow(), madeRow({ effectiveHash: "other" }));
  assert.throws(
    () => names([mixed, both], ["ours", "paper"]),
    /several graphs/,
  );
});

Deno.test("eval compare prints cells of one file or two, and says what is no file of rows", async () => {
  await withFolder(async (folder) => {
    const lines = (rows: readonly EvalRow[]) =>
      rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    const rows = [...rowsOf("ours", 1), ...rowsOf("paper", 0)];
    const path = await writeFile(folder, "r.jsonl", `${lines(rows)}{"case":`);
    const table = `${folder}/table.json`;
    const { code, stdout, stderr } = await runEvalCli(
      ...["compare", path, "--methods", "ours,paper", "--table", table],
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^A is ours, B is paper\n/);
    assert.match(
      stdout,
      /fact +8192 +8 +1\.000 +0\.000 +1\.000 \[1\.000, 1\.000\] +0\.008 mcnemar +A is better/,
    );
    const { cells, a } = JSON.parse(await Deno.readTextFile(table));
    assert.deepEqual([a, cells[0].n], ["ours", 8]);
    assert.equal(cells[0].p.toFixed(6), (2 / 256).toFixed(6));
    const json = await runEvalCli("compare", path, "--json");
    assert.equal(JSON.parse(json.stdout).type, "comparison");
    const none = await writeFile(folder, "notes.txt", "notes\n");
    const refused = await runEvalCli("compare", path, none);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /line 1 is no row of eval/);
    const lost = await runEvalCli("compare", `${folder}/x.jsonl`);
    assert.match(lost.stderr, /Cannot read '.*x\.jsonl'/);
  });
});
