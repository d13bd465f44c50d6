import assert from "node:assert/strict";
import { againstBlocks } from "../../../../bench/paper/report/against_blocks.ts";
import type { DoneRow } from "../../../../cli/eval/eval_row.ts";
import { madeRow } from "../../../cli/eval/made_row.ts";

const rowsOf = (
  method: string,
  score: number,
  length: number,
  more: Partial<DoneRow> = {},
) =>
  [...Array(8).keys()].map((seed) =>
    madeRow({
      case: `fact/${length}/${seed}`,
      length,
      method,
      score,
      ...more,
    })
  );

const linesOf = (rows: readonly DoneRow[]) =>
  againstBlocks(rows, "default").flatMap((block) =>
    block.kind === "table" ? block.rows : []
  );

Deno.test("againstBlocks() counts cells that are better, worse and ties, method by method", () => {
  const rows = [
    ...[1, 2, 3].flatMap((length) => rowsOf("default", 0.5, length)),
    ...rowsOf("other", 1, 1),
    ...rowsOf("other", 0, 2),
    ...rowsOf("other", 0.5, 3),
    ...rowsOf("worst", 0, 1),
  ];
  assert.deepEqual(linesOf(rows), [
    ["other", "3", "1", "1", "1", "0"],
    ["worst", "1", "0", "1", "0", "0"],
  ]);
});

Deno.test("againstBlocks() calls no tie what too few cases could not tell", () => {
  const rows = [...rowsOf("default", 0, 1), ...rowsOf("other", 1, 1)];
  const first = (n: number) =>
    linesOf(rows.filter((row) => Number(row.case.split("/")[2]) < n));
  assert.deepEqual(first(5), [["other", "1", "0", "0", "0", "1"]]);
  assert.deepEqual(first(6), [["other", "1", "1", "0", "0", "0"]]);
});

Deno.test("againstBlocks() takes the lower perplexity as the better", () => {
  const measured = (method: string, nll: number) =>
    rowsOf(method, Math.exp(-nll), 1, { metric: "perplexity", nll });
  const rows = [...measured("default", 2), ...measured("other", 1)];
  assert.deepEqual(linesOf(rows), [["other", "1", "1", "0", "0", "0"]]);
});

Deno.test("againstBlocks() is nothing without somebody to compare", () => {
  assert.deepEqual(againstBlocks(rowsOf("default", 1, 1), "default"), []);
  assert.deepEqual(againstBlocks(rowsOf("other", 1, 1), "default"), []);
});
