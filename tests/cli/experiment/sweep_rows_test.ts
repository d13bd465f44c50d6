import assert from "node:assert/strict";
import type { Case } from "../../../cli/experiment/cases_file.ts";
import { type Row, sweepRow } from "../../../cli/experiment/row.ts";
import { RowsFile } from "../../../cli/experiment/rows_file.ts";
import type { SweepJob } from "../../../cli/experiment/sweep_jobs.ts";
import { sweepRows } from "../../../cli/experiment/sweep_rows.ts";
import { InterruptError } from "../../../cli/terminal/exit_code.ts";
import type { Session } from "../../../cli/run/session.ts";

const given: Case = {
  id: "1",
  task: "t",
  question: "Where?",
  expected: ["mill"],
  evidence: ["mill"],
  line: { document: "A mill.", question: "Where?", expected: "mill" },
};

/** A job whose row is known by `hash`. */
const job = (hash: string, forCase?: SweepJob["forCase"]) => {
  const made = {
    variation: { label: hash, values: {}, edits: [] },
    effectiveHash: hash,
    seed: null,
    model: { key: "m", path: null, hash: null },
    stops: [],
    forCase: forCase ?? (() => Promise.resolve(made)),
  } as unknown as SweepJob;
  return made;
};

async function rowsOf(jobs: readonly SweepJob[]) {
  const said: string[] = [];
  const session = {
    interrupt: { signal: new AbortController().signal },
    json: false,
    terminal: { err: (text: string) => said.push(text) },
  } as unknown as Session;
  const cases = { path: "c.jsonl", hash: "h", cases: [given] };
  using file = await RowsFile.open(sweepRow);
  const rows = await sweepRows(
    { jobs, cases, file, share: undefined },
    session,
  );
  return { rows, said };
}

Deno.test("sweepRows() makes one failed row of an option that is not valid for a case", async () => {
  const fails = () => Promise.reject(new RangeError("Option 'text' is long"));
  const { rows, said } = await rowsOf([job("a", fails), job("b", fails)]);
  assert.deepEqual(
    rows.map((row: Row) => [row.variation, row.right, "error" in row]),
    [["a", false, true], ["b", false, true]],
  );
  assert.deepEqual(said, [
    "1 of 2  a  t 1  failed: Option 'text' is long\n",
    "2 of 2  b  t 1  failed: Option 'text' is long\n",
  ]);
});

Deno.test("sweepRows() ends where it is interrupted", async () => {
  const stops = () => Promise.reject(new InterruptError());
  await assert.rejects(rowsOf([job("a", stops)]), InterruptError);
});
