import assert from "node:assert/strict";
import { metricOf, metrics } from "../../../eval/metrics/mod.ts";

/** What `tools/metric_parity.py` writes. */
interface Fixture {
  readonly metric: string;
  readonly cases: readonly (readonly [
    prediction: string,
    expected: readonly string[],
    /** The original's, or the name of the error that it raises. */
    score: number | string,
    options?: readonly string[],
  ])[];
}

/** A folder of the same form, such as one of recorded predictions. */
const given = Deno.env.get("METRIC_FIXTURES");
const folder = given ??
  new URL("../../fixtures/metrics", import.meta.url).pathname;
const fixtures = [...Deno.readDirSync(folder)].map(({ name }) =>
  JSON.parse(Deno.readTextFileSync(`${folder}/${name}`)) as Fixture
).toSorted((a, b) => a.metric < b.metric ? -1 : 1);

for (const { metric, cases } of fixtures) {
  Deno.test(`${metric} scores like the published scorer`, async () => {
    const { score, ready } = metricOf(metric);
    await ready?.();
    for (const [prediction, expected, published, options] of cases) {
      const ours = score(prediction, {
        task: "any",
        expected,
        ...(options && { options }),
      });
      // Where the original raises an error, a prediction is wrong.
      const right = typeof published === "string" ? 0 : published;
      assert.ok(
        Math.abs(ours - right) <= 1e-9,
        `${ours}, published ${published}: ${
          JSON.stringify([prediction, expected, options])
        }`,
      );
    }
  });
}

Deno.test({
  name: "metrics that a published scorer stands behind all have a fixture",
  ignore: given !== undefined,
  fn: everyMetricHasOne,
});

function everyMetricHasOne() {
  const own = ["contains-any", "contains-all", "perplexity"];
  assert.deepEqual(
    metrics.map(({ name }) => name).filter((name) => !own.includes(name))
      .toSorted(),
    fixtures.map(({ metric }) => metric),
  );
  for (const { metric, cases } of fixtures) {
    assert.ok(cases.length >= 300, metric);
    const scores = new Set(cases.map(([, , score]) => score));
    assert.ok(scores.size > 1, `${metric} judges all alike`);
  }
}
