import assert from "node:assert/strict";
import { WorkClock } from "../../../cli/record/work_clock.ts";

Deno.test("WorkClock counts a stretch to who speaks at its end", () => {
  const clock = new WorkClock(["a", "b"]);
  for (const [node, at] of [["a", 5], ["a", 7], ["b", 9], ["a", 10]] as const) {
    clock.note(node, at);
    clock.endTurn();
  }
  assert.deepEqual(clock.workOf("a"), [[0, 7], [9, 10]]);
  assert.deepEqual(clock.workOf("b"), [[7, 9]]);
  assert.deepEqual(clock.workOf("c"), []);
});

Deno.test("WorkClock counts the wait before a turn to its first node in the graph, whoever speaks first", async () => {
  const clock = new WorkClock(["asked", "scored", "best"]);
  clock.note("best", 4);
  clock.note("scored", 5);
  clock.note("asked", 6); // hears of its own value after its readers
  await Promise.resolve();
  clock.note("best", 8);
  clock.endTurn();
  assert.deepEqual(clock.workOf("asked"), [[0, 4], [5, 6]]);
  assert.deepEqual(clock.workOf("scored"), [[4, 5]]);
  assert.deepEqual(clock.workOf("best"), [[6, 8]]);
});
