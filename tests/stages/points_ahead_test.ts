import assert from "node:assert/strict";
import { PointsAhead } from "../../stages/points_ahead.ts";
import { seededRandom } from "../../stages/seeded_random.ts";

Deno.test("PointsAhead gives the same numbers in the same order, however many were seen ahead", () => {
  const random = seededRandom(4);
  const expected = Array.from({ length: 12 }, random);
  const points = new PointsAhead(seededRandom(4));
  assert.equal(points.next(), expected[0]);
  assert.deepEqual([...points.ahead(4)], expected.slice(1, 5));
  assert.deepEqual([...points.ahead(2)], expected.slice(1, 3));
  const taken = [points.next(), points.next()];
  assert.deepEqual(taken, expected.slice(1, 3));
  assert.deepEqual([...points.ahead(9)], expected.slice(3, 12));
  assert.equal(points.next(), expected[3]);
});
