import assert from "node:assert/strict";
import {
  argmax,
  candidates,
  draw,
  forbid,
  penalizeRepeats,
  sample,
  SamplerOptions,
} from "../../stages/sampler.ts";
import { seededRandom } from "../../stages/seeded_random.ts";

const options = (some: object) =>
  SamplerOptions.parse({ temperature: 1, ...some });
/** Logits whose softmax at temperature 1 is the given shares. */
const logits = Float32Array.from([0.1, 0.4, 0.05, 0.25, 0.2], Math.log);
const ids = (some: object) =>
  candidates(logits, options(some)).map((c) => c.id);

Deno.test("argmax() takes the smallest id of equal logits and refuses NaN", () => {
  assert.equal(argmax(Float32Array.of(1, 3, 2, 3)), 1);
  assert.throws(() => argmax(Float32Array.of(1, NaN)), {
    name: "RangeError",
    message: "Logit of token 1 is not a number",
  });
});

Deno.test("sample() at temperature 0 is argmax and asks for no random number", () => {
  const never = () => assert.fail("random was asked");
  assert.equal(sample(logits, options({ temperature: 0, topK: 3 }), never), 1);
});

Deno.test("candidates() orders by probability and sums to 1", () => {
  assert.deepEqual(ids({}), [1, 3, 4, 0, 2]);
  const sum = candidates(logits, options({})).reduce(
    (total, c) => total + c.probability,
    0,
  );
  assert(Math.abs(sum - 1) < 1e-6);
  const [best] = candidates(logits, options({}));
  assert(Math.abs(best!.probability - 0.4) < 1e-6);
});

Deno.test("candidates() applies top-k, top-p and min-p", () => {
  assert.deepEqual(ids({ topK: 2 }), [1, 3]);
  assert.deepEqual(ids({ topP: 0.6 }), [1, 3]);
  assert.deepEqual(ids({ topP: 0.7 }), [1, 3, 4]);
  assert.deepEqual(ids({ topP: 0.01 }), [1]);
  assert.deepEqual(ids({ minP: 0.45 }), [1, 3, 4]);
  assert.deepEqual(ids({ topK: 4, topP: 0.9, minP: 0.6 }), [1, 3]);
});

Deno.test("candidates() breaks ties of top-k by the smaller id", () => {
  const flat = Float32Array.of(1, 2, 2, 2, 0);
  const picked = candidates(flat, options({ topK: 2 })).map((c) => c.id);
  assert.deepEqual(picked, [1, 2]);
});

Deno.test("candidates() sharpens with a low temperature", () => {
  const share = (temperature: number) =>
    candidates(logits, options({ temperature }))[0]!.probability;
  assert(share(0.5) > share(1));
  assert(share(1) > share(2));
  assert(
    Math.abs(share(0.5) - 0.16 / (0.01 + 0.16 + 0.0025 + 0.0625 + 0.04)) < 1e-5,
  );
});

Deno.test("draw() lays probabilities end to end", () => {
  const from = candidates(logits, options({ topK: 2 })); // 0.615…, 0.384…
  assert.equal(draw(from, 0), 1);
  assert.equal(draw(from, 0.61), 1);
  assert.equal(draw(from, 0.62), 3);
  assert.equal(draw(from, 1), 3);
});

Deno.test("sample() draws each token about as often as its probability says", () => {
  const random = seededRandom(5);
  const counts = new Array(5).fill(0);
  for (let i = 0; i < 20000; i++) counts[sample(logits, options({}), random)]++;
  for (const [id, count] of counts.entries()) {
    assert(
      Math.abs(count / 20000 - Math.exp(logits[id]!)) < 0.015,
      `token ${id}: ${count}`,
    );
  }
});

Deno.test("penalizeRepeats() makes used tokens less likely, once each", () => {
  const penalized = penalizeRepeats(Float32Array.of(2, -2, 1), [0, 1, 0], 2);
  assert.deepEqual(penalized, Float32Array.of(1, -4, 1));
});

Deno.test("forbid() rules tokens out", () => {
  assert.equal(argmax(forbid(logits, [1, 3])), 4);
});

Deno.test("seededRandom() repeats itself for a seed and differs between seeds", () => {
  const take = (seed: number) => {
    const random = seededRandom(seed);
    return [random(), random(), random()];
  };
  assert.deepEqual(take(3), take(3));
  assert.notDeepEqual(take(3), take(4));
});
