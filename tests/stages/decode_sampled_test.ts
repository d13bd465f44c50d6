import assert from "node:assert/strict";
import { drawingModel, drawingRules, drawnAnswer } from "../sampled_answers.ts";

Deno.test("decode draws the same answer by steps as one token a call, to the stop token", async () => {
  await using model = await drawingModel("cpu", 128, 64);
  let inside = 0;
  let most = 0;
  for (const rule of drawingRules) {
    for (const seed of [1, 2]) {
      const options = { ...rule, seed, maxTokens: 150 };
      const steps = await drawnAnswer(model, options, "steps");
      const single = await drawnAnswer(model, options, "greedy session");
      assert.deepEqual(steps.answer, single.answer);
      assert.equal(single.bursts.length, 0);
      const { tokens, finish } = steps.answer;
      const drawn = steps.bursts.reduce((sum, count) => sum + count, 1);
      if (finish === "stop" && drawn > tokens + 1) inside++;
      most = Math.max(most, steps.bursts.length);
    }
  }
  assert(inside > 2, `${inside} answers ended inside a burst`);
  assert(most > 1, `${most} bursts at most`);
});

Deno.test("decode draws by steps only what needs nothing but the logits", async () => {
  await using model = await drawingModel("cpu", 128, 128);
  const options = { temperature: 1, maxTokens: 40 };
  const { bursts, answer } = await drawnAnswer(model, options, "steps");
  assert(bursts[0] === 16);
  const penalty = { ...options, repetitionPenalty: 1.3 };
  const penalized = await drawnAnswer(model, penalty, "steps");
  assert.deepEqual(penalized.bursts, []);
  assert.notEqual(penalized.answer.answer, answer.answer);
  const first = { ...options, minTokens: 30 };
  const forced = await drawnAnswer(model, first, "steps");
  assert.equal(forced.bursts[0], 10);
  const greedy = await drawnAnswer(model, { maxTokens: 40 }, "steps");
  assert.deepEqual(greedy.bursts, []);
});
