import assert from "node:assert/strict";
import { entropy } from "../../stages/entropy.ts";

Deno.test("entropy() is that of the softmax, whatever is added to all logits", () => {
  assert.equal(entropy(Float32Array.of(3)), 0);
  assert(Math.abs(entropy(new Float32Array(8)) - Math.log(8)) < 1e-12);
  const odds = Float32Array.of(Math.log(3), 0); // 3 to 1
  const exact = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
  assert(Math.abs(entropy(odds) - exact) < 1e-6);
  assert(Math.abs(entropy(odds.map((l) => l + 500)) - exact) < 1e-4);
});

Deno.test("entropy() of what is forbidden or hopeless is no NaN", () => {
  const forbidden = Float32Array.of(0, -Infinity, 0);
  assert(Math.abs(entropy(forbidden) - Math.log(2)) < 1e-12);
  assert.equal(entropy(Float32Array.of(0, -3e4)), 0);
});
