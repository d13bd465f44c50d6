import assert from "node:assert/strict";
import { checkSize, formatSizes } from "../../tools/check_size.ts";
import { withTree } from "./planted_tree.ts";

const lines = (n: number) => "// line\n".repeat(n);

Deno.test("checkSize() finds a file of 401 lines, also among tests", async () => {
  const { problems } = await withTree({
    "core/long.ts": lines(401),
    "tests/core/long_test.ts": lines(401),
    "core/most.ts": lines(400),
    "core/a.ts": lines(1),
    "core/b.ts": lines(1),
    "core/c.ts": lines(1),
  }, checkSize);
  assert.deepEqual(problems, [
    "core/long.ts:1 has 401 lines; 400 are allowed, split it",
    "tests/core/long_test.ts:1 has 401 lines; 400 are allowed, split it",
  ]);
});

Deno.test("checkSize() finds a median over 100, not counting tests", async () => {
  const { median, problems } = await withTree({
    "core/a.ts": lines(101),
    "io/b.ts": lines(102),
    "tests/a_test.ts": lines(1),
    "tests/b_test.ts": lines(1),
    "tests/c_test.ts": lines(1),
  }, checkSize);
  assert.equal(median, 101.5);
  assert.deepEqual(problems, [
    "The median file has 101.5 lines; 100 are allowed",
  ]);
});

Deno.test("formatSizes() prints a row for every folder", async () => {
  const report = await withTree({
    "core/a.ts": lines(3),
    "core/b.ts": lines(5),
    "mod.ts": lines(2),
    "notes.md": lines(900),
  }, checkSize);
  const rows = formatSizes(report).split("\n");
  assert.deepEqual(rows.map((row) => row.trim().split(/\s+/)), [
    ["files", "lines", "median", "largest"],
    ["core", "2", "8", "4", "5"],
    ["mod.ts", "1", "2", "2", "2"],
    ["median", "without", "tests:", "3"],
  ]);
});
