import assert from "node:assert/strict";
import fc from "fast-check";
import { keepBest } from "../../../stages/evict/keep_best.ts";
import { maxPool } from "../../../stages/evict/max_pool.ts";

const scores = fc.array(fc.integer({ min: -2, max: 3 }), {
  maxLength: 60,
  size: "max",
})
  .map((values) => Float32Array.from(values));

Deno.test("keepBest() keeps what a stable sort would keep", () => {
  fc.assert(
    fc.property(scores, fc.nat({ max: 70 }), (values, count) => {
      const mask = new Uint8Array(values.length);
      keepBest(values, count, mask);
      const best = [...values.keys()].sort((a, b) =>
        values[b]! - values[a]! || a - b
      ).slice(0, count);
      assert.deepEqual(
        [...mask.keys()].filter((i) => mask[i]),
        best.sort((a, b) => a - b),
      );
    }),
    { numRuns: 300 },
  );
});

Deno.test("keepBest() handles infinities and refuses NaN", () => {
  const mask = new Uint8Array(4);
  keepBest(Float32Array.of(-Infinity, 1, Infinity, 2), 2, mask);
  assert.deepEqual([...mask], [0, 0, 1, 1]);
  assert.throws(() => keepBest(Float32Array.of(1, NaN), 1, new Uint8Array(2)), {
    name: "RangeError",
    message: "Score of entry 1 is not a number",
  });
});

Deno.test("maxPool() is the largest value within the width, ends included", () => {
  fc.assert(
    fc.property(scores, fc.integer({ min: 0, max: 40 }), (values, reach) => {
      const pooled = maxPool(values, 2 * reach + 1);
      for (let i = 0; i < values.length; i++) {
        const near = values.subarray(Math.max(0, i - reach), i + reach + 1);
        assert.equal(pooled[i], Math.max(...near));
      }
    }),
    { numRuns: 300 },
  );
});
