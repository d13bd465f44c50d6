import assert from "node:assert/strict";
import { parse } from "yaml";
import {
  baselines,
  openProblem,
  smollm2,
  tasks,
  tiny,
} from "../../../../bench/paper/tables/asked.ts";
import {
  documents,
  filledDocument,
} from "../../../../bench/paper/tables/write_tables.ts";
import { paperRuns } from "../../../../bench/paper/runs.ts";
import { needleTasks } from "../../../../eval/tasks/mod.ts";

const root = new URL("../../../../", import.meta.url);

for (const document of documents) {
  Deno.test(`writeTables() would leave ${document} as it is`, async () => {
    const { written, filled } = await filledDocument(root, document);
    assert.match(written, /^<!-- table: /m);
    assert(
      written === filled,
      `${document} is not what stored results say; run deno task eval:paper tables`,
    );
  });
}

Deno.test("tables have every generated task, method and length that is asked", () => {
  assert.deepEqual(
    tasks.toSorted(),
    needleTasks.map(({ name }) => name).sort(),
  );
  const file = new URL("eval/held_out.yaml", root);
  const named = parse(Deno.readTextFileSync(file)) as { name: string }[];
  const models = [tiny, smollm2];
  const names = named.map(({ name }) => name);
  const shown = new Set(models.flatMap(({ methods }) => methods));
  assert(names.every((name) => shown.has(name)));
  for (const { methods: [first, ...others] } of models) {
    assert.equal(first, "full attention");
    assert.deepEqual(others, names.filter((name) => others.includes(name)));
  }
  for (const { run, lengths } of models) {
    const asked = paperRuns[run]!.evals.flatMap((args) =>
      args[args.indexOf("--lengths") + 1]!.split(",").map(Number)
    );
    assert.deepEqual(lengths, asked);
  }
  for (const { run, tasks, lengths, against } of [baselines, openProblem]) {
    const { evals: [args], against: other } = paperRuns[run]!;
    const listOf = (option: string) =>
      args![args!.indexOf(option) + 1]!.split(",");
    assert.deepEqual(tasks, listOf("--tasks"));
    assert.deepEqual(lengths, listOf("--lengths").map(Number));
    assert.equal(against, other);
  }
});
