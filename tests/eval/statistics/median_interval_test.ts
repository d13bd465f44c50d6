import assert from "node:assert/strict";
import fc from "fast-check";
import { median } from "../../../eval/statistics/median.ts";
import { medianInterval } from "../../../eval/statistics/median_interval.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

Deno.test("median() is the middle value, between two their mean, in whatever order", () => {
  assert.equal(median([9, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 9]), 3);
  assert.throws(() => median([]), RangeError);
});

Deno.test("medianInterval() has the ranks of the binomial, its table and large n too", () => {
  // Ranks of a two-sided 95 % interval of the median.
  for (
    const [n, low] of [
      ...[[5, 1], [6, 1], [8, 1], [9, 2], [10, 2], [20, 6], [40, 14]],
      ...[[100, 40], [1000, 469], [3000, 1446]],
    ] as const
  ) {
    const found = medianInterval(upTo(n!).reverse());
    assert.deepEqual(found, { low, high: n! + 1 - low! }, `${n}`);
  }
  assert.deepEqual(medianInterval([3]), { low: 3, high: 3 });
  assert.throws(() => medianInterval([]), RangeError);
});

Deno.test("medianInterval() holds the median and lies within the range", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), {
        minLength: 1,
        maxLength: 60,
      }),
      (values) => {
        const { low, high } = medianInterval(values);
        const middle = median(values);
        assert(low <= middle && middle <= high);
        assert(values.includes(low) && values.includes(high));
      },
    ),
  );
});
