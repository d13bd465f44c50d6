import assert from "node:assert/strict";
import { latestRows, reportRow } from "../../../eval/report/report_row.ts";
import { madeFailure, madeRow } from "./made_rows.ts";

Deno.test("reportRow() reads rows, passes over other fields, and names what is wrong", () => {
  assert.deepEqual(reportRow({ ...madeRow(), prediction: "x" }), madeRow());
  const { command: _command, ...before } = madeRow();
  assert.deepEqual(reportRow(before), madeRow(), "rows had no command once");
  const { score: _, ...unjudged } = madeRow();
  assert.throws(() => reportRow(unjudged), {
    name: "SyntaxError",
    message: /^No row of 'eval': score: /,
  });
  assert.throws(() => reportRow({ ...madeRow(), score: 2 }), /score: /);
  assert.throws(() => reportRow(null), SyntaxError);
  assert.equal("error" in reportRow(madeFailure("lost")), true);
});

Deno.test("latestRows() keeps the last of rows about the same", () => {
  const rows = [madeFailure("lost"), madeRow(), madeRow({ case: "other" })];
  assert.deepEqual(latestRows(rows), rows.slice(1));
});

Deno.test("latestRows() refuses a method whose graph changed between rows", () => {
  const rows = [madeRow(), madeRow({ effectiveHash: "f".repeat(64) })];
  assert.throws(() => latestRows(rows), {
    name: "RangeError",
    message: /'parallelcomp' ran case 'passkey\/2048\/0' with two graphs/,
  });
});
