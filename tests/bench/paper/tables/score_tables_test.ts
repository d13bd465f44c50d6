import assert from "node:assert/strict";
import { answersTable } from "../../../../bench/paper/tables/answers_table.ts";
import { apartTable } from "../../../../bench/paper/tables/apart_table.ts";
import { insideTable } from "../../../../bench/paper/tables/inside_table.ts";
import { oneNumberTable } from "../../../../bench/paper/tables/one_number_table.ts";
import { scoresAt } from "../../../../bench/paper/tables/stored_scores.ts";

const asked = {
  run: "some",
  model: "some",
  lengths: [2048, 8192],
  enough: 4,
  methods: [
    ...["full attention", "truncation", "StreamingLLM", "PCW"],
    ...["the paper's rule", "merged", "default"],
  ],
};
const paper = "the paper's rule";

/** Cells of a table's row that begins with these cells. */
function rowOf(table: string, ...first: string[]): string[] {
  const rows = table.split("\n").map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
  const found = rows.find((row) => first.every((cell, i) => row[i] === cell));
  assert(found, `no row ${first}`);
  return found.slice(first.length);
}

Deno.test("answersTable() has means, n, intervals of ours, and dashes where nothing is stored", () => {
  const table = answersTable(
    asked,
    scoresAt({
      "fact/2048": { PCW: [1, 1, 0], [paper]: [0, 0.5], default: [1, 0, 1, 0] },
    }),
    new Map([["PCW", "agnostic"], ["default", "aware"]]),
  );
  assert.deepEqual(rowOf(table, "task").slice(-3), [
    ...[paper, "merged", "default †"],
  ]);
  assert.match(table, /\n\n† sees the question .*$/);
  const [n, ...cells] = rowOf(table, "`fact`", "2,048");
  assert.equal(n, "2–4");
  assert.deepEqual(cells, [
    ...["–", "–", "–", "0.67", "0.25", "–", "0.50 [0.00, 1.00]"],
  ]);
  assert.deepEqual(
    rowOf(table, "`vt`", "8,192"),
    Array(8).fill("–"),
  );
});

Deno.test("insideTable() divides by the accuracy inside and rounds down", () => {
  const of = (right: number) =>
    Array.from({ length: 1000 }, (_, i) => i < right ? 1 : 0);
  const table = insideTable(
    asked,
    scoresAt({
      "fact/2048": { default: of(1000) },
      "fact/8192": { default: of(949) },
      "niah_single_1/2048": { default: of(500) },
      "niah_single_1/8192": { default: of(475) },
      "niah_single_2/2048": { default: of(0) },
      "niah_single_2/8192": { default: of(10) },
      "niah_single_3/2048": { default: of(1000) },
    }),
  );
  assert.deepEqual(rowOf(table, "`fact`"), ["1.00", "0.94"]);
  assert.deepEqual(rowOf(table, "`niah_single_1`"), ["0.50", "0.95"]);
  assert.deepEqual(rowOf(table, "`niah_single_2`"), ["0.00", "–"]);
  assert.deepEqual(rowOf(table, "`niah_single_3`"), ["1.00", "–"]);
  assert.deepEqual(rowOf(table, "`niah_multikey_1`"), ["–", "–"]);
});

Deno.test("apartTable() counts cells with enough cases whose intervals do not touch", () => {
  const [none, half, all] = [[0, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1]];
  const table = apartTable([{
    asked,
    scores: scoresAt({
      "fact/2048": { default: all!, [paper]: none! },
      "fact/8192": { default: all!, [paper]: half! }, // touches 1
      "vt/2048": { default: none!, [paper]: all! },
      "vt/8192": { default: [1, 1, 1], [paper]: none! }, // too few
      "cwe/8192": { default: all! },
    }),
  }]);
  assert.deepEqual(rowOf(table, "some"), ["default", "4", "3", "1", "1", "1"]);
});

Deno.test("oneNumberTable() takes three tasks together, and nothing where one is missing", () => {
  const table = oneNumberTable(
    asked,
    scoresAt({
      "niah_single_1/2048": { default: [1, 1] },
      "niah_single_2/2048": { default: [1, 1] },
      "niah_multikey_1/2048": { default: [0, 1] },
      "niah_single_1/8192": { default: [1, 1] },
    }),
  );
  assert.deepEqual(rowOf(table, "default: what is left is read again"), [
    "0.83",
    "–",
  ]);
  assert.deepEqual(rowOf(table, "cases"), ["6", "–"]);
});
