import assert from "node:assert/strict";
import { onlyInput } from "../../core/only_input.ts";

Deno.test("onlyInput() is the one that has to be connected", () => {
  assert.equal(onlyInput({ a: {} }), "a");
  assert.equal(onlyInput({ a: { optional: true } }), "a");
  assert.equal(onlyInput({ a: { optional: true }, b: {} }), "b");
  assert.equal(onlyInput({ a: {}, b: {} }), undefined);
  const both = { a: { optional: true }, b: { optional: true } };
  assert.equal(onlyInput(both), undefined);
  assert.equal(onlyInput({}), undefined);
});
