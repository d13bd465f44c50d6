import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { writeScores } from "../../../bench/paper/write_scores.ts";
import { withFolder } from "../../cli/documents.ts";
import { madeRow } from "../../cli/eval/made_row.ts";
import { madeRun } from "./made_run.ts";

const row = (
  method: string,
  seed: number,
  score: number,
  length = 2048,
) =>
  madeRow({
    case: `fact/${length}/${seed}`,
    length,
    caseSeed: seed,
    method,
    score,
    model: "/home/someone/models/some.gguf",
  });

const lines = (rows: readonly unknown[]) =>
  rows.map((one) => JSON.stringify(one) + "\n").join("");

async function scored(
  files: Readonly<Record<string, readonly unknown[]>>,
  note?: string,
  again = false,
) {
  return await withFolder(async (path) => {
    const folder = pathToFileURL(`${path}/`);
    for (const [name, rows] of Object.entries(files)) {
      await Deno.writeTextFile(new URL(name, folder), lines(rows));
    }
    await writeScores("some", madeRun, folder, note);
    if (again) await writeScores("some", madeRun, folder);
    const read = async (name: string) =>
      JSON.parse(await Deno.readTextFile(new URL(name, folder)));
    return {
      pairs: await read("some.pairs.json"),
      table: await read("some.json"),
    };
  });
}

Deno.test("writeScores() joins the rows of all files, each once, and those that did not fail", async () => {
  const { pairs, table } = await scored({
    "some.jsonl": [
      row("default", 10_000, 1),
      row("paper", 10_000, 0),
      { ...row("paper", 10_001, 0), error: "no memory" },
    ],
    "some.1-of-2.jsonl": [row("default", 10_001, 1), row("paper", 10_001, 1)],
    "some.2-of-2.jsonl": [
      row("default", 10_000, 1),
      { ...row("default", 10_001, 0), error: "no memory" },
    ],
    "some.just_begun.jsonl": [],
    "some_other.jsonl": [row("other", 10_000, 1)],
  });
  assert.deepEqual(pairs.scores, {
    "fact/2048": { default: [1, 1], paper: [0, 1] },
  });
  assert.deepEqual(
    table.cells.map((c: { method: string; n: number; failed: number }) => [
      ...[c.method, c.n, c.failed],
    ]),
    [["default", 2, 0], ["paper", 2, 0]],
  );
  assert.deepEqual(pairs.providers, { cpu: 4 });
});

Deno.test("writeScores() leaves out cases that the run does not ask, or that a method has not done", async () => {
  const { pairs, table } = await scored({
    "some.jsonl": [
      ...["default", "paper"].flatMap((method) => [
        row(method, 10_001, 1),
        row(method, 10_002, 0), // no seed of the run
        row(method, 10_001, 0, 8192), // no seed of this length
        row(method, 1, 0), // not held out
      ]),
      row("default", 10_000, 0),
    ],
  });
  assert.deepEqual(pairs.scores, {
    "fact/2048": { default: [1], paper: [1] },
  });
  assert.deepEqual(
    table.cells.map((c: { method: string; n: number }) => [c.method, c.n]),
    [["default", 2], ["paper", 1]],
  );
});

Deno.test("writeScores() says commands without paths of a machine, and keeps the note", async () => {
  const rows = [row("default", 10_000, 1), row("paper", 10_000, 1)];
  const { pairs, table } = await scored(
    { "some.jsonl": rows },
    "on 16 cores",
    true,
  );
  assert.equal(pairs.note, "on 16 cores");
  assert.equal(pairs.command, "deno task eval:paper some");
  assert.equal(
    pairs.commands[1],
    "parallelcomp eval needles --held-out --lengths 8192 --seeds 0 --output some.jsonl",
  );
  assert.equal(table.model, "some.gguf");
  assert(!JSON.stringify([pairs, table]).includes("/home/"));
});

Deno.test("writeScores() says where rows are looked for", async () => {
  await assert.rejects(
    scored({ "other.jsonl": [row("default", 10_000, 1)] }),
    /No rows of 'some'.*some\.jsonl or some\.ANYTHING\.jsonl/,
  );
  await assert.rejects(
    scored({ "some.jsonl": [row("default", 3, 1)] }),
    /'some' has no row of its own/,
  );
});
