import assert from "node:assert/strict";
import fc from "fast-check";
import { comparePaired } from "../../../eval/statistics/compare_paired.ts";
import { mcnemarTest } from "../../../eval/statistics/mcnemar.ts";
import { signFlipTest } from "../../../eval/statistics/sign_flip.ts";

const close = (a: number, b: number, within = 1e-9) =>
  assert(Math.abs(a - b) <= within, `${a} is not ${b}`);

Deno.test("mcnemarTest() of known values", () => {
  close(mcnemarTest(1, 9), 0.021484375); // scipy.stats.binomtest(1, 10).pvalue
  close(mcnemarTest(0, 5), 0.0625);
  close(mcnemarTest(12, 3), 0.03515625);
  assert.equal(mcnemarTest(4, 4), 1);
  assert.equal(mcnemarTest(0, 0), 1);
  close(mcnemarTest(900, 1100), 8.5e-6, 1e-6); // no overflow
});

Deno.test("signFlipTest() of known values", () => {
  assert.equal(signFlipTest([1, 1, 1, 1]), 2 / 16);
  assert.equal(signFlipTest([3, -1]), 1); // 2 is reached by every pattern of signs
  assert.equal(signFlipTest([0.1, 0.2, 0.3]), 2 / 8); // 0.1 + 0.2 + 0.3 in any order
  assert.equal(signFlipTest([0, 0]), 1);
  assert.equal(signFlipTest([]), 1);
});

Deno.test("signFlipTest() draws what it cannot try, near the normal distribution's value", () => {
  const differences = Array.from({ length: 100 }, (_, i) => i < 60 ? 1 : -1);
  close(signFlipTest(differences), 0.05688793364098081, 0.008); // scipy.stats.binomtest(40, 100).pvalue
  assert.equal(signFlipTest(differences), signFlipTest(differences));
});

Deno.test("signFlipTest() of differences of one size is McNemar's test", () => {
  const count = fc.integer({ min: 0, max: 7 });
  fc.assert(
    fc.property(count, count, (a, b) => {
      const differences = [
        ...Array(a).fill(1),
        ...Array(b).fill(-1),
        0,
      ];
      close(signFlipTest(differences), mcnemarTest(a, b));
    }),
    { numRuns: 40 },
  );
});

Deno.test("comparePaired() pairs cases, and calls a tie what holds 0 or may be chance", () => {
  const right = [1, 1, 1, 1, 0, 1, 1, 1];
  const none = right.map(() => 0);
  const better = comparePaired(right, none);
  assert.equal(better.n, 8);
  assert.equal(better.difference, 7 / 8);
  assert.equal(better.test, "mcnemar");
  close(better.p, mcnemarTest(7, 0));
  assert(better.low > 0 && !better.tie);
  const few = comparePaired([1, 1], [0, 0]);
  assert.deepEqual([few.low, few.high, few.p, few.tie], [1, 1, 0.5, true]);
  const same = comparePaired(right, right);
  assert.deepEqual([same.difference, same.tie, same.p], [0, true, 1]);
  const shares = comparePaired([0.5, 0.25, 1], [0.5, 1, 0]);
  assert.equal(shares.test, "sign-flip");
  assert(shares.tie);
  assert.throws(() => comparePaired([1], [1, 0]), /1 and 2 cases/);
});

Deno.test("comparePaired() says the opposite of the opposite", () => {
  const score = fc.double({ min: 0, max: 1, noNaN: true });
  const pairs = fc.array(fc.tuple(score, score), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(pairs, (pairs) => {
      const [a, b] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
      const options = { resamples: 100 };
      const [one, other] = [
        comparePaired(a, b, options),
        comparePaired(b, a, options),
      ];
      close(one.difference, -other.difference);
      close(one.low, -other.high);
      close(one.p, other.p);
      assert.equal(one.tie, other.tie);
    }),
    { numRuns: 40 },
  );
});
