import assert from "node:assert/strict";
import type { MethodPair } from "../../../../bench/paper/method_pairs.ts";
import { differencesTable } from "../../../../bench/paper/tables/differences_table.ts";
import type { MethodClasses } from "../../../../bench/paper/tables/method_classes.ts";
import { methodsTable } from "../../../../bench/paper/tables/methods_table.ts";
import { scoresAt } from "../../../../bench/paper/tables/stored_scores.ts";

const asked = {
  run: "some",
  tasks: ["fact", "vt"],
  lengths: [2048, 8192],
  against: "ours",
};
const classes: MethodClasses = new Map([
  ["ours", "aware"],
  ["other", "aware"],
  ["bare", "agnostic"],
  ["told", "oracle"],
]);
const pair = (method: string, given: Partial<MethodPair>): MethodPair => ({
  ...{ method, task: "fact", length: 8192, n: 4, difference: 0 },
  ...{ low: 0, high: 0, p: 1, tie: true, ...given },
});
const scores = scoresAt({
  "fact/8192": {
    ours: [0, 0, 1, 1],
    other: [1, 1, 1, 1],
    bare: [0, 0, 0],
    told: [0, 1, 1, 0],
  },
}, {
  pairs: [
    pair("other", { difference: 0.5, low: 0.25, high: 1, p: 2e-5, tie: false }),
    pair("bare", { difference: -0.5, low: -1, high: -0.001, tie: false }),
    pair("told", { difference: -0.004, low: -0.5, high: 0.5, p: 0.6251 }),
  ],
  means: {
    "fact/8192": { other: { read: 0.414, chunks: 2.96, entries: 999.5 } },
  },
});
const cells = (table: string) =>
  table.split("\n").map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );

Deno.test("methodsTable() has the methods of one class, n, and marks for ties and for better ones", () => {
  const [head, , ...aware] = cells(
    methodsTable("aware", asked, scores, classes),
  );
  assert.deepEqual(head, [
    ...["method", "`fact`, 2,048", "`fact`, 8,192"],
    ...["`vt`, 2,048", "`vt`, 8,192"],
  ]);
  assert.deepEqual(aware, [
    ["ours", "–", "0.50 [0.00, 1.00]", "–", "–"],
    ["other", "–", "1.00 [1.00, 1.00] +", "–", "–"],
    ["n", "–", "4", "–", "–"],
  ]);
  const last = (wanted: "agnostic" | "oracle") =>
    cells(methodsTable(wanted, asked, scores, classes)).slice(2);
  assert.deepEqual(last("agnostic"), [
    ["bare", "–", "0.00 [0.00, 0.00]", "–", "–"],
    ["n", "–", "3", "–", "–"],
  ]);
  assert.deepEqual(last("oracle"), [
    ["told", "–", "0.50 [0.00, 1.00] =", "–", "–"],
    ["n", "–", "4", "–", "–"],
  ]);
});

Deno.test("differencesTable() says what methods read, kept and differ by, of tasks with results", () => {
  const [head, , ...rows] = cells(
    differencesTable(8192, asked, scores, classes),
  );
  assert.deepEqual(head!.slice(4), [
    ...["share read", "chunks", "entries", "less ours", "p"],
  ]);
  const nothing = ["–", "–", "–"];
  assert.deepEqual(rows, [
    ["`fact`", "ours", "4", "0.50 [0.00, 1.00]", ...nothing, "–", "–"],
    [
      ...["`fact`", "other", "4", "1.00 [1.00, 1.00]", "0.41", "3.0", "1,000"],
      ...["+0.50 [0.25, 1.00]", "< 0.001"],
    ],
    [
      ...["`fact`", "bare", "3", "0.00 [0.00, 0.00]", ...nothing],
      ...["−0.50 [−1.00, 0.00]", "1.000"],
    ],
    [
      ...["`fact`", "told", "4", "0.50 [0.00, 1.00]", ...nothing],
      ...["0.00 [−0.50, 0.50]", "0.625, a tie"],
    ],
  ]);
  assert.equal(
    differencesTable(2048, asked, scores, classes),
    "No result is stored yet.",
  );
});
