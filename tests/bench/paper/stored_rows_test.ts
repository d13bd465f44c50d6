import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { slimRow } from "../../../bench/paper/slim_row.ts";
import {
  readStoredRows,
  writeStoredRows,
} from "../../../bench/paper/stored_rows.ts";
import { writeScores } from "../../../bench/paper/write_scores.ts";
import type { EvalRow } from "../../../cli/eval/eval_row.ts";
import { withFolder } from "../../cli/documents.ts";
import { runCli } from "../../cli/run_cli.ts";
import { factRow, madeRun } from "./made_run.ts";

const whole = (method: string, seed: number, score: number, at = 0) =>
  factRow(method, seed, score, {
    model: "/home/someone/models/some.gguf",
    graph: "/home/someone/own.yaml",
    command: "parallelcomp eval needles --output /home/someone/rows.jsonl",
    files: [{ name: "/home/someone/a.txt", sha256: "f", published: null }],
    at: new Date(at).toISOString(),
  });

const rows: readonly EvalRow[] = [
  whole("default", 10_000, 1),
  whole("paper", 10_000, 0),
  whole("default", 10_001, 1),
  {
    ...whole("paper", 10_001, 0),
    error: "No memory for '/home/someone/models/some.gguf'",
  },
];

const lines = (rows: readonly unknown[]) =>
  rows.map((one) => JSON.stringify(one) + "\n").join("");

/** What reads rows, of one file; without the name and hash of the file. */
async function readings(file: string): Promise<string[]> {
  const compare = ["eval", "compare", file, "--methods", "default,paper"];
  const runs = [await runCli(["report", file]), await runCli(compare)];
  return runs.map(({ code, stdout, stderr }) => {
    assert.equal(code, 0, stderr);
    return (stdout + stderr).split("\n").filter((line) =>
      !/^- (Rows|Written by): /.test(line)
    ).join("\n");
  });
}

Deno.test("slimRow() leaves out what no report reads and folders of a machine, once and for all", () => {
  for (const row of rows) {
    const slim = slimRow(row);
    assert.deepEqual(slimRow(slim), slim);
    const text = JSON.stringify(slim);
    assert.doesNotMatch(text, /\/home\//);
    assert.match(text, /"model":"some\.gguf"/);
    if (!("error" in row)) {
      assert.doesNotMatch(text, /"(phases|scores|indices)"/);
    }
  }
});

Deno.test("report and eval compare say of stored rows what they say of whole ones", async () => {
  await withFolder(async (path) => {
    await Deno.writeTextFile(`${path}/some.jsonl`, lines(rows));
    await writeStoredRows(pathToFileURL(`${path}/`), "some", rows);
    assert.deepEqual(
      await readings(`${path}/some.rows.jsonl.gz`),
      await readings(`${path}/some.jsonl`),
    );
    const torn = `${path}/torn.jsonl.gz`;
    const bytes = await Deno.readFile(`${path}/some.rows.jsonl.gz`);
    await Deno.writeFile(torn, bytes.slice(0, -20));
    for (const args of [["report", torn], ["eval", "compare", torn]]) {
      const { code, stderr } = await runCli(args);
      assert.notEqual(code, 0);
      assert.match(stderr, /Cannot read '.*torn\.jsonl\.gz'/);
    }
  });
});

Deno.test("writeScores() makes the same of stored rows alone, whatever order they were in", async () => {
  await withFolder(async (path) => {
    const folder = pathToFileURL(`${path}/`);
    const results = async () => {
      await writeScores("some", madeRun, folder);
      return await Promise.all(
        ["some.rows.jsonl.gz", "some.json", "some.pairs.json"].map((name) =>
          Deno.readFile(new URL(name, folder))
        ),
      );
    };
    const file = `${path}/some.jsonl`;
    await Deno.writeTextFile(file, lines(rows));
    const first = await results();
    await Deno.writeTextFile(file, lines(rows.toReversed()));
    assert.deepEqual(await results(), first);
    await Deno.remove(file);
    assert.deepEqual(await results(), first);
  });
});

Deno.test("writeScores() leaves out stored rows of a method that came again with another graph", async () => {
  await withFolder(async (path) => {
    const folder = pathToFileURL(`${path}/`);
    await writeStoredRows(folder, "some", rows.slice(0, 3));
    await Deno.writeTextFile(
      `${path}/some.jsonl`,
      lines([
        { ...whole("default", 10_000, 0), effectiveHash: "another" },
        whole("paper", 10_001, 1, 1), // the graph that is stored
      ]),
    );
    await writeScores("some", madeRun, folder);
    const stored = await readStoredRows(folder, "some");
    assert.deepEqual(
      stored!.map(({ method, caseSeed, effectiveHash }) =>
        `${method} ${caseSeed} ${effectiveHash}`
      ),
      [
        "default 10000 another",
        "paper 10000 graph of paper",
        "paper 10001 graph of paper",
      ],
    );
  });
});
