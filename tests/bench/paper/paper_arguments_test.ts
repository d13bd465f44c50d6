import assert from "node:assert/strict";
import { paperArguments } from "../../../bench/paper/paper_arguments.ts";
import { isPart, rowsPath } from "../../../bench/paper/rows_path.ts";

Deno.test("paperArguments() are names first, then its own options and those of eval", () => {
  assert.deepEqual(
    paperArguments(["a", "b", "--jobs", "2", "--set", "accuracy=auto"]),
    {
      names: ["a", "b"],
      onlyScores: false,
      options: ["--jobs", "2", "--set", "accuracy=auto"],
    },
  );
  assert.deepEqual(
    paperArguments(["a", "--note", "two cores", "--", "--only-scores"]),
    { names: ["a"], onlyScores: true, note: "two cores", options: [] },
  );
  assert.deepEqual(paperArguments([]), {
    names: [],
    onlyScores: false,
    options: [],
  });
  assert.throws(() => paperArguments(["a", "--note"]), SyntaxError);
});

Deno.test("rowsPath() gives every shard a file of its own", () => {
  const folder = "bench/results/paper";
  assert.equal(rowsPath("a", ["--jobs", "2"]), `${folder}/a.jsonl`);
  for (const shard of [["--shard", "1/4"], ["--shard=1/4"]]) {
    assert.equal(rowsPath("a", shard), `${folder}/a.1-of-4.jsonl`);
    assert(isPart(shard));
  }
  assert.equal(rowsPath("a", ["--output", "b.jsonl"]), undefined);
  assert(isPart(["--output=b.jsonl"]));
  assert(!isPart(["--jobs", "2"]));
});
