import assert from "node:assert/strict";
import fc from "fast-check";
import { fitSize } from "../../../eval/tasks/fit_size.ts";

Deno.test("fitSize() stays below the limit, as close as units allow, in few tries", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 3, maxLength: 40 }),
    fc.integer({ min: 0, max: 500 }),
    fc.integer({ min: 1000, max: 200_000 }),
    (units, fixed, limit) => {
      const whole = units.reduce((a, b) => a + b);
      const upTo = (size: number) =>
        units.slice(0, size).reduce((a, b) => a + b, 0);
      const tokens = (size: number) =>
        fixed + Math.floor(size / units.length) * whole +
        upTo(size % units.length);
      let tries = 0;
      const size = fitSize((n) => (tries++, tokens(n)), limit, 1)!;
      assert(tokens(size) <= limit);
      assert(
        limit - tokens(size) <= limit / 400 || tokens(size + 1) > limit,
        `${tokens(size)} of ${limit}`,
      );
      assert(tries <= 30, `${tries} tries`);
    },
  ));
});

Deno.test("fitSize() says so where the smallest size is too large", () => {
  assert.equal(fitSize((n) => n * 10, 100, 10), 10);
  assert.equal(fitSize((n) => n * 10, 99, 10), undefined);
});
