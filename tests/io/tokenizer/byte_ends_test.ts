import assert from "node:assert/strict";
import { byteEndsOf } from "../../../io/tokenizer/byte_ends.ts";

const encoder = new TextEncoder();
const ends = (text: string, ...tokens: string[]) => [
  ...byteEndsOf(encoder.encode(text), tokens.map((t) => encoder.encode(t))),
];

Deno.test("byteEndsOf() adds up tokens that spell the text", () => {
  assert.deepEqual(ends("aé b", "a", "é", " b"), [1, 3, 5]);
  assert.deepEqual(ends(""), []);
});

Deno.test("byteEndsOf() leaves out a space put before the text", () => {
  assert.deepEqual(ends("a b", " a", " b"), [1, 3]);
  assert.deepEqual(ends("a", " ", "a"), [0, 1]);
  // A space of the text itself counts.
  assert.deepEqual(ends(" a", " a"), [2]);
});

Deno.test("byteEndsOf() meets the text again after normalised letters", () => {
  // e + combining accent became é: 3 bytes are 2.
  assert.deepEqual(ends("cafe\u0301 and tea", "caf", "é", " and", " tea"), [
    3,
    6,
    10,
    14,
  ]);
  // A letter left out altogether goes with the token before it.
  assert.deepEqual(ends("one \u0007two three", "one ", "two", " three"), [
    5,
    8,
    14,
  ]);
});

Deno.test("byteEndsOf() never decreases and ends with the text", () => {
  const found = ends("HELLO", "hel", "lo, and much more than there was");
  assert.deepEqual(found.toSorted((a, b) => a - b), found);
  assert.equal(found.at(-1), 5);
});
