import assert from "node:assert/strict";
import fc from "fast-check";
import { bootstrapInterval } from "../../../eval/statistics/bootstrap.ts";
import { mean, standardError } from "../../../eval/statistics/mean.ts";

const close = (a: number, b: number, within: number) =>
  assert(Math.abs(a - b) <= within, `${a} is not ${b}`);

Deno.test("mean() and standardError() of known values", () => {
  assert.equal(mean([1, 2, 3, 6]), 3);
  close(standardError([2, 4, 4, 4, 5, 5, 7, 9]), 0.7559289460184544, 1e-12); // scipy.stats.sem
  assert(Number.isNaN(mean([])));
  assert(Number.isNaN(standardError([1])));
});

Deno.test("bootstrapInterval() of right and wrong answers is that of the binomial distribution", () => {
  const values = Array.from({ length: 100 }, (_, i) => i < 70 ? 1 : 0);
  const { low, high } = bootstrapInterval(values);
  close(low, 0.61, 0.011); // scipy.stats.binom.ppf([0.025, 0.975], 100, 0.7) / 100
  close(high, 0.79, 0.011);
});

Deno.test("bootstrapInterval() of many normal values is mean ± 1.96 standard errors", () => {
  let state = 1;
  const uniform = () => (state = state * 16807 % 2147483647) / 2147483647;
  const values = Array.from(
    { length: 500 },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(6.283185 * uniform()),
  );
  const { low, high } = bootstrapInterval(values);
  const error = standardError(values);
  close(low, mean(values) - 1.96 * error, 0.1 * error);
  close(high, mean(values) + 1.96 * error, 0.1 * error);
});

Deno.test("bootstrapInterval() lies inside the values, moves with them, and is the same for a seed", () => {
  const values = fc.array(fc.integer({ min: -50, max: 50 }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(values, fc.integer({ min: -9, max: 9 }), (values, by) => {
      const options = { resamples: 200, seed: 3 };
      const { low, high } = bootstrapInterval(values, options);
      assert(low <= high);
      assert(low >= Math.min(...values) && high <= Math.max(...values));
      const moved = bootstrapInterval(values.map((v) => v + by), options);
      close(moved.low, low + by, 1e-9);
      close(moved.high, high + by, 1e-9);
      assert.deepEqual(bootstrapInterval(values, options), { low, high });
    }),
    { numRuns: 50 },
  );
  assert.notDeepEqual(
    bootstrapInterval([0, 1, 2, 5, 9], { resamples: 100, seed: 1 }),
    bootstrapInterval([0, 1, 2, 5, 9], { resamples: 100, seed: 2 }),
  );
  assert.throws(() => bootstrapInterval([]), RangeError);
});
