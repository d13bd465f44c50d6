import assert from "node:assert/strict";
import fc from "fast-check";
import { cellText, scoreCell } from "../../../eval/report/score_cell.ts";
import { standings } from "../../../eval/report/tie_marks.ts";
import { madeFailure, madeRow, madeRows } from "./made_rows.ts";

Deno.test("scoreCell() counts what was judged apart from what failed", () => {
  const cell = scoreCell([...madeRows(3, 2), madeFailure("no memory")]);
  assert.equal(cell.n, 3);
  assert.equal(cell.failed, 1);
  assert.equal(cell.value, 2 / 3);
  assert(cell.low < 2 / 3 && cell.high > 2 / 3);
  assert.equal(cellText(cell), "0.67 [0.00, 1.00] n 3, 1 failed");
  assert.equal(
    cellText(scoreCell([madeFailure("no memory")])),
    "– n 0, 1 failed",
  );
  assert.equal(cellText(scoreCell([])), "–");
});

Deno.test("scoreCell() sums up perplexities, not their inverses", () => {
  const rows = [2, 4].map((perplexity) =>
    madeRow({
      metric: "perplexity",
      score: 1 / perplexity,
      nll: Math.log(perplexity),
    })
  );
  assert.equal(scoreCell(rows).value!.toFixed(9), "3.000000000");
});

const cell = (value: number, low: number, high: number) => ({
  n: 20,
  failed: 0,
  value,
  low,
  high,
});

/** `*` the best, `≈` tied, `*≈` both. */
const marks = (...given: Parameters<typeof standings>) =>
  standings(...given).map(({ best, tied }) =>
    `${best ? "*" : ""}${tied ? "≈" : ""}`
  );

Deno.test("standings() marks what overlaps the best as tied, and nothing else", () => {
  const cells = [
    cell(0.9, 0.8, 1),
    cell(0.75, 0.6, 0.8), // touches
    cell(0.7, 0.55, 0.79),
    { n: 0, failed: 1, value: null, low: NaN, high: NaN },
  ];
  assert.deepEqual(marks(cells), ["*≈", "≈", "", ""]);
  assert.deepEqual(marks(cells, true), ["", "≈", "*≈", ""]);
  assert.deepEqual(marks([cells[0]!, cells[2]!]), ["*", ""]);
  assert.deepEqual(marks([cells[0]!, cells[0]!, cells[2]!]), ["*≈", "*≈", ""]);
});

Deno.test("standings() finds nobody best where all are alike, or where nobody stands beside", () => {
  const one = cell(0, 0, 0);
  assert.deepEqual(marks([one, one]), ["≈", "≈"]);
  assert.deepEqual(marks([one]), [""]);
  assert.deepEqual(marks([]), []);
});

Deno.test("standings() calls nobody behind who is as good as the best", () => {
  const any = fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.nat(100))
    .map(([value, width]) =>
      cell(value, value - width / 200, value + width / 200)
    );
  fc.assert(fc.property(fc.array(any, { minLength: 2 }), (cells) => {
    const top = Math.max(...cells.map(({ value }) => value));
    const alike = cells.every(({ value }) => value === top);
    standings(cells).forEach(({ best }, i) =>
      assert.equal(best, cells[i]!.value === top && !alike)
    );
  }));
});
