import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { writeReport } from "../../../../bench/paper/report/write_report.ts";
import { writeStoredRows } from "../../../../bench/paper/stored_rows.ts";
import { scoreText } from "../../../../bench/paper/tables/cell_text.ts";
import { readScores } from "../../../../bench/paper/tables/stored_scores.ts";
import { writeScores } from "../../../../bench/paper/write_scores.ts";
import { withFolder } from "../../../cli/documents.ts";
import { factRow, madeRun } from "../made_run.ts";

const runs = { one: madeRun, two: madeRun, three: madeRun };

const row = (method: string, seed: number, score: number, graph = method) =>
  factRow(method, seed, score, { effectiveHash: graph });

Deno.test("writeReport() makes a section of every run, with the numbers that tables have", async () => {
  await withFolder(async (path) => {
    const folder = pathToFileURL(`${path}/`);
    await writeStoredRows(folder, "one", [
      row("default", 10_000, 1),
      row("paper", 10_000, 0),
      row("default", 10_001, 0),
      row("paper", 10_001, 1),
      row("default", 1, 1), // not asked
    ]);
    await writeStoredRows(folder, "two", [
      row("default", 10_000, 1, "another graph under this name"),
      row("paper", 10_000, 0.25),
      row("paper", 10_001, 0), // not done by all
    ]);
    await writeScores("one", madeRun, folder, "on two cores");
    await writeScores("two", madeRun, folder);
    const [html, markdown] = [`${path}/p.html`, `${path}/p.md`];
    const names = await writeReport(folder, runs, { html, markdown });
    assert.deepEqual(names, ["one", "two"]);
    const text = await Deno.readTextFile(markdown);
    assert.match(text, /\| one \| needles on tiny \| 4 rows of 2 cases; none/);
    assert.match(text, /deno task report --html p\.html --markdown p\.md/);
    assert.match(text, /no rows are stored,.*: three\./);
    const sections = text.split("\n## ").slice(1);
    assert.equal(sections.length, 2);
    for (const [i, name] of names.entries()) {
      const section = sections[i]!;
      assert(section.startsWith(`${name}\n`));
      assert(section.includes(`\ndeno task eval:paper ${name}\n`));
      assert(section.includes(`${name}.rows.jsonl.gz, `));
      const accuracy = section.slice(section.indexOf("### Accuracy"));
      const scores = await readScores(folder, name);
      for (const method of ["default", "paper"]) {
        const list = scores.at("fact", 2048, method);
        const [cell] = new RegExp(`\\| ${method} \\| .*`).exec(accuracy)!;
        assert(cell.includes(`${scoreText(list)} [`), cell);
        assert(cell.includes(` n ${list.length}`), cell);
      }
    }
    assert.match(sections[0]!, /\n\| paper \| 1 \| 0 \| 0 \| 0 \| 1 \|\n/);
    assert.match(sections[0]!, /Of this run: on two cores/);
    assert.match(sections[1]!, /1 more rows are left out/);
    const page = await Deno.readTextFile(html);
    assert.match(page, /<h2 id="two">two<\/h2>/);
    assert.match(page, /<svg /);
    assert.doesNotMatch(page, /https?:|<script|src=|href="[^#]/);
  });
});

Deno.test("writeReport() refuses to report nothing", async () => {
  await withFolder(async (path) => {
    await assert.rejects(
      writeReport(pathToFileURL(`${path}/`), runs, {}),
      /No run has stored rows; deno task eval:paper NAME/,
    );
  });
});
