import assert from "node:assert/strict";
import { marks } from "../../../cli/show/ink.ts";
import { page } from "../../../cli/show/page.ts";
import { saidMetrics } from "../../../cli/show/said_metrics.ts";
import { saidWarnings } from "../../../cli/show/said_warnings.ts";
import { textReport } from "../../../cli/show/text_report.ts";
import { oneChunkRecord } from "../record/sample_record.ts";

const from = { node: "again", stage: "reread", at: 1 };
const metric = { ...from, type: "metric" };
const cost = {
  node: "again",
  stage: "reread",
  seconds: 1,
  busy: 1,
  work: [[0, 1000]] as [number, number][],
  items: 1,
  bytes: 2048,
  largest: 2048,
};
const record = {
  ...oneChunkRecord("abc", [[0, 4]]),
  costs: [cost, { ...cost, node: "decoded", stage: "decode" }],
  events: [
    { ...metric, name: "rereadTokens", value: 1530, unit: "tokens" },
    { ...metric, name: "kvBytes", value: 1024, unit: "bytes" },
    { ...metric, name: "kvBytes", value: 1024, unit: "bytes" },
    { ...from, type: "warning", message: "6 tokens & more are left out" },
    { ...from, type: "warning", message: "6 tokens & more are left out" },
    { ...from, type: "warning", message: 7 },
    { ...metric, name: 7, value: "x" },
  ],
};

Deno.test("saidMetrics() sums what a node named, and leaves out what is no figure", () => {
  assert.deepEqual(saidMetrics(record, "again"), [
    "rereadTokens: 1,530 tokens",
    "kvBytes: 2 KiB",
  ]);
  assert.deepEqual(saidMetrics(record, "decoded"), []);
});

Deno.test("saidWarnings() says each warning once", () => {
  assert.deepEqual(saidWarnings(record), [
    { node: "again", message: "6 tokens & more are left out" },
  ]);
});

Deno.test("textReport() has warnings, and figures beside the costs", () => {
  const text = textReport(record, marks);
  assert.match(text, /^warnings\nagain: 6 tokens & more are left out\n\n/m);
  assert.match(
    text,
    /^ {2}again .* 2 KiB of KV out, rereadTokens: 1,530 tokens, kvBytes: 2 KiB$/m,
  );
  assert.doesNotMatch(
    textReport(oneChunkRecord("abc", [[0, 4]]), marks),
    /warnings/,
  );
});

Deno.test("page() has warnings, and figures beside the costs", () => {
  const text = page(record);
  assert.equal(text.match(/6 tokens &amp; more are left out/g)!.length, 1);
  assert.match(text, /<td>rereadTokens: 1,530 tokens, kvBytes: 2 KiB<\/td>/);
  assert.doesNotMatch(
    page({ ...record, events: [] }),
    /Warning of|figures<\/th>/,
  );
});
