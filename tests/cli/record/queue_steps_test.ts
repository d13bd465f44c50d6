import assert from "node:assert/strict";
import { queueSteps } from "../../../cli/record/queue_steps.ts";
import { queueStates } from "../../../cli/show/queue_states.ts";
import type { RunEvent } from "../../../mod.ts";

const dropped = (chunk: number, at: number): RunEvent => ({
  node: "best",
  stage: "select.top",
  at,
  type: "chunk",
  action: "dropped",
  chunk,
});
const arrival = (chunk: number, at: number) => ({ chunk, score: chunk, at });

Deno.test("queueSteps() puts a drop in the step of the chunk that caused it", () => {
  const arrivals = [arrival(0, 1), arrival(1, 2), arrival(2, 3)];
  const steps = queueSteps(arrivals, [dropped(1, 1.9), dropped(0, 2.9)]);
  const states = queueStates({ node: "best", stage: "select.top", steps });
  assert.deepEqual(states.map(({ chunk, out, held }) => [chunk, out, held]), [
    [0, [], [0]],
    [1, [1], [0]],
    [2, [0], [2]],
  ]);
});

Deno.test("queueSteps() gives what is dropped at the end a step of its own", () => {
  const steps = queueSteps([arrival(0, 1), arrival(1, 2)], [dropped(0, 5)]);
  assert.deepEqual(steps.at(-1), { at: 5, chunk: null, score: null, out: [0] });
});
