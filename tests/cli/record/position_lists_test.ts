import assert from "node:assert/strict";
import fc from "fast-check";
import {
  PositionLists,
  positionRuns,
} from "../../../cli/record/position_lists.ts";

Deno.test("positionRuns() holds exactly the positions that it was given, in runs that do not touch", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(60), { maxLength: 40 }),
    (positions) => {
      const runs = positionRuns(Int32Array.from(positions));
      const held: number[] = [];
      for (let i = 0; i < runs.length; i += 2) {
        assert(runs[i]! < runs[i + 1]!);
        if (i > 0) assert(runs[i]! > runs[i - 1]!);
        for (let at = runs[i]!; at < runs[i + 1]!; at++) held.push(at);
      }
      assert.deepEqual(held, [...new Set(positions)].sort((a, b) => a - b));
    },
  ));
});

Deno.test("PositionLists stores equal lists once", () => {
  const lists = new PositionLists();
  const first = lists.add(Int32Array.of(1, 2, 5));
  assert.equal(lists.add(Int32Array.of(5, 1, 2)), first);
  assert.notEqual(lists.add(Int32Array.of(1, 2)), first);
  assert.deepEqual(lists.lists, [[1, 3, 5, 6], [1, 3]]);
});
