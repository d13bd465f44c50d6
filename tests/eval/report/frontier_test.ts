import assert from "node:assert/strict";
import fc from "fast-check";
import { frontier } from "../../../eval/report/frontier.ts";

Deno.test("frontier() keeps what nothing beats, the cheapest first", () => {
  const points = [
    { name: "dear", cost: 9, value: 0.9 },
    { name: "beaten", cost: 5, value: 0.4 },
    { name: "cheap", cost: 1, value: 0.5 },
    { name: "as good, dearer", cost: 2, value: 0.5 },
    { name: "the same as cheap", cost: 1, value: 0.5 },
  ];
  assert.deepEqual(frontier(points).map(({ name }) => name), [
    "cheap",
    "the same as cheap",
    "dear",
  ]);
});

Deno.test("frontier() beats or matches every point that it leaves out", () => {
  const point = fc.record({ cost: fc.nat(9), value: fc.nat(9) });
  fc.assert(fc.property(fc.array(point), (points) => {
    const kept = frontier(points);
    for (const left of points.filter((one) => !kept.includes(one))) {
      assert(
        kept.some(({ cost, value }) =>
          cost <= left.cost && value >= left.value
        ),
      );
    }
    for (let i = 1; i < kept.length; i++) {
      const [a, b] = [kept[i - 1]!, kept[i]!];
      assert(
        a.cost < b.cost && a.value < b.value ||
          a.cost === b.cost && a.value === b.value,
      );
    }
  }));
});
