import assert from "node:assert/strict";
import { metricOf, metrics } from "../../../eval/metrics/mod.ts";

const score = (metric: string, prediction: string, ...expected: string[]) =>
  metricOf(metric).score(prediction, { task: "any", expected });

Deno.test("contains-any is 1 where one reference is in the prediction, in any case", () => {
  assert.equal(score("contains-any", "It is LISBON.", "Oslo", "Lisbon"), 1);
  assert.equal(score("contains-any", "It is Rome.", "Oslo", "Lisbon"), 0);
  assert.equal(score("contains-any", "", "Oslo"), 0);
});

Deno.test("contains-all is the share of references in the prediction", () => {
  assert.equal(score("contains-all", "12, 34 and 56", "12", "34", "56"), 1);
  assert.equal(score("contains-all", "12 and 56", "12", "34"), 0.5);
  assert.equal(score("contains-all", "none", "12", "34"), 0);
  assert.equal(score("contains-all", "none"), 0);
});

Deno.test("metrics have names of their own, and metricOf() names them where one is unknown", () => {
  const names = metrics.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const metric of metrics) assert.equal(metricOf(metric.name), metric);
  assert.throws(
    () => metricOf("f2"),
    /^RangeError: Unknown metric 'f2'; there are: .*contains-any/,
  );
});
