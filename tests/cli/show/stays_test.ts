import assert from "node:assert/strict";
import { queueStates } from "../../../cli/show/queue_states.ts";
import { staysOf } from "../../../cli/show/stays.ts";

const step = (chunk: number | null, ...out: number[]) => ({
  at: 0,
  chunk,
  score: null,
  out,
});

Deno.test("staysOf() gives every chunk that was held its stay, and a lane that is free", () => {
  const steps = [step(0), step(1), step(2, 2), step(3, 0), step(null, 1)];
  const stays = staysOf(queueStates({ node: "q", stage: "select.top", steps }));
  assert.deepEqual(
    stays.map((
      { chunk, from, to, lane, stays },
    ) => [chunk, from, to, lane, stays]),
    [[0, 0, 3, 0, false], [1, 1, 4, 1, false], [3, 3, 5, 0, true]],
  );
});
