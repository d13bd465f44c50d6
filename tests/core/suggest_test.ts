import assert from "node:assert/strict";
import { didYouMean, nearest } from "../../core/suggest.ts";

Deno.test("nearest() finds the word that was meant", () => {
  const stages = ["decode", "evict.attention", "merge", "prefill", "tokenize"];
  const slips: Record<string, string> = {
    tokenise: "tokenize",
    prefil: "prefill",
    perfill: "prefill",
    Merge: "merge",
    attention: "evict.attention",
    "evict.atention": "evict.attention",
  };
  for (const [word, meant] of Object.entries(slips)) {
    assert.equal(nearest(word, stages), meant);
  }
});

Deno.test("nearest() does not guess when nothing is near", () => {
  assert.equal(nearest("calibrate", ["decode", "merge"]), undefined);
  assert.equal(nearest("a", ["b"]), undefined);
  assert.equal(nearest("x", []), undefined);
});

Deno.test("didYouMean() suggests one word, or lists all", () => {
  assert.equal(didYouMean("mrege", ["merge"]), "; did you mean 'merge'?");
  assert.equal(didYouMean("x", ["left", "right"]), "; known: left, right");
  assert.equal(didYouMean("x", []), "; there are none");
});
