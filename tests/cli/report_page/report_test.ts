import assert from "node:assert/strict";
import { madeFailure, madeRow, madeRows } from "../../eval/report/made_rows.ts";
import { withFolder } from "../documents.ts";
import { runCli } from "../run_cli.ts";

const lines = (rows: readonly object[]) =>
  rows.map((row) => JSON.stringify(row) + "\n").join("");

Deno.test("report writes a page and Markdown from rows of several files, and says so", async () => {
  await withFolder(async (folder) => {
    const [a, b, limits, page, markdown] = [
      "a.jsonl",
      "b.jsonl",
      "limits.md",
      "report.html",
      "report.md",
    ].map((name) => `${folder}/${name}`) as [
      string,
      string,
      string,
      string,
      string,
    ];
    await Deno.writeTextFile(a, lines(madeRows(4, 4)) + '{"case":"torn');
    await Deno.writeTextFile(
      b,
      lines([
        madeFailure("lost", { case: "x", caseHash: "x", length: 8192 }),
        ...madeRows(4, 1, { method: "other", effectiveHash: "2" }),
      ]),
    );
    await Deno.writeTextFile(limits, "- Found **slow**.\n");
    const outputs = ["--html", page, "--markdown", markdown];
    const flags = [...outputs, "--limits", limits, "--title", "Held out"];
    const run = await runCli(["report", a, b, ...flags]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout, "");
    assert.match(
      run.stderr,
      /report: .*report\.html, .*\nreport: .*report\.md/,
    );
    const text = await Deno.readTextFile(markdown);
    assert.match(
      text,
      /^# Held out\n\n\d charts are on the HTML page.*\n\n9 rows of 5 cases; 1 failed/,
    );
    assert.match(text, /\| other \| 0\.25 \[0\.00, 0\.75\] n 4 \|/);
    assert.match(text, /\n## Limits\n\n- Found \*\*slow\*\*\./);
    assert.match(
      text,
      /parallelcomp report a\.jsonl b\.jsonl --html report\.html --markdown report\.md --limits limits\.md --title 'Held out'/,
    );
    assert(!text.includes(folder));
    const html = await Deno.readTextFile(page);
    assert.match(html, /<svg /);
    assert(!html.includes(folder));
    const printed = await runCli(["report", a]);
    assert.match(
      printed.stdout,
      /^# Measured answers\n\n2 charts .*\n\n4 rows of 4 cases; none/,
    );
  });
});

Deno.test("report refuses what are no rows of eval, with file and line, and writes nothing", async () => {
  await withFolder(async (folder) => {
    const rows = `${folder}/rows.jsonl`;
    const page = `${folder}/report.html`;
    const { score: _, ...unjudged } = madeRow();
    const cases: readonly [text: string, code: number, message: RegExp][] = [
      [lines([madeRow(), unjudged]), 5, /line 2: No row of 'eval': score: /],
      ["not json\n{}\n", 5, /line 1: /],
      ["", 5, /holds no rows; 'eval' writes them/],
      [
        lines([madeRow(), madeRow({ effectiveHash: "2" })]),
        5,
        /with two graphs/,
      ],
    ];
    for (const [text, code, message] of cases) {
      await Deno.writeTextFile(rows, text);
      const run = await runCli(["report", rows, "--html", page]);
      assert.equal(run.code, code, run.stderr);
      assert.match(run.stderr, message);
    }
    const missing = await runCli(["report", `${folder}/none.jsonl`]);
    assert.equal(missing.code, 5);
    assert.match(missing.stderr, /Cannot read '.*none\.jsonl'/);
    const both = ["--html", page, "--markdown", page];
    const twice = await runCli(["report", rows, ...both]);
    assert.equal(twice.code, 2);
    assert.match(twice.stderr, /name two files/);
    const over = await runCli(["report", rows, "--html", rows]);
    assert.equal(over.code, 2);
    assert.match(over.stderr, /it is the file that is read/);
    const names = await Array.fromAsync(Deno.readDir(folder), (f) => f.name);
    assert.deepEqual(names, ["rows.jsonl"]);
  });
});
