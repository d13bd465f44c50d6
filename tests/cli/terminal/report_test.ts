import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { bar, BarReport, timeLeft } from "../../../cli/terminal/bar_report.ts";
import { LineReport } from "../../../cli/terminal/line_report.ts";
import type { Terminal } from "../../../cli/terminal/terminal.ts";
import type { RunEvent } from "../../../mod.ts";

function recorder(): Terminal & { readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    out: () => assert.fail("a report writes to standard error"),
    err: (text) => written.push(text),
    outIsTerminal: true,
    errIsTerminal: true,
    columns: () => 80,
  };
}

const from = { node: "prefill", stage: "prefill" };
const progress = (done: number, at = 0): RunEvent => ({
  ...from,
  at,
  type: "progress",
  unit: "chunks",
  done,
  total: 200,
});

Deno.test("LineReport says a line at every tenth of the work", () => {
  const terminal = recorder();
  const report = new LineReport(terminal);
  for (let done = 1; done <= 200; done++) report.event(progress(done));
  report.event({ ...from, at: 0, type: "warning", message: "Mind the gap" });
  assert.equal(terminal.written.length, 12);
  assert.equal(terminal.written[1], "prefill: 20 of 200 chunks\n");
  assert.equal(terminal.written[10], "prefill: 200 of 200 chunks\n");
  assert.equal(terminal.written[11], "warning: Mind the gap\n");
});

Deno.test("BarReport draws on one line that fits, and takes it away before other text", () => {
  const terminal = recorder();
  const report = new BarReport(terminal);
  report.event(progress(1, 1000));
  report.event({
    ...from,
    at: 1500,
    type: "chunk",
    action: "prefilled",
    chunk: 1,
    entries: 2000,
  });
  report.event(progress(200, 2000));
  const [first, last] = terminal.written.map(stripVTControlCharacters);
  assert.match(first!, /^\rprefill ░+ 1 of 200 chunks$/);
  assert.match(last!, /^\rprefill █+ 200 of 200 chunks {2}2,000 tokens\/s$/);
  assert(last!.length <= 80);
  report.pause();
  report.pause();
  assert.deepEqual(terminal.written.slice(2), ["\r\x1b[K"]);
});

Deno.test("bar() and timeLeft() are as long as what they show", () => {
  assert.equal(bar(0.5, 10), "█████░░░░░");
  assert.equal(bar(2, 5), "█████");
  assert.equal(bar(0.5, 4), "", "too little room for a bar");
  assert.equal(timeLeft(7), "0:07");
  assert.equal(timeLeft(3723), "1:02:03");
});
