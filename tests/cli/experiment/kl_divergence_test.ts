import assert from "node:assert/strict";
import { klDivergence } from "../../../cli/experiment/kl_divergence.ts";

Deno.test("klDivergence() of known distributions, whatever the logits' offset", () => {
  const a = Float32Array.from([0.5, 0.25, 0.25], Math.log);
  const b = Float32Array.from([0.25, 0.25, 0.5], (p) => Math.log(p) + 7);
  const expected = 0.5 * Math.log(2) + 0.25 * Math.log(0.5);
  assert(Math.abs(klDivergence(a, b) - expected) < 1e-6);
  assert.equal(klDivergence(a, a.slice()), 0);
});

Deno.test("klDivergence() knows impossible tokens, and is not symmetric", () => {
  const a = Float32Array.of(0, -Infinity);
  const b = Float32Array.of(0, 0);
  assert(Math.abs(klDivergence(a, b) - Math.log(2)) < 1e-6);
  assert.equal(klDivergence(b, a), Infinity);
});

Deno.test("klDivergence() refuses vocabularies of different sizes", () => {
  assert.throws(
    () => klDivergence(new Float32Array(2), new Float32Array(3)),
    RangeError,
  );
});
