import assert from "node:assert/strict";
import { scoreLexical } from "../../../stages/mod.ts";
import { fakeCase, runStage } from "../fake_case.ts";
import { collect } from "../stage_context.ts";
import { textInputs } from "./text_case.ts";

const score = async (
  texts: readonly string[],
  question: string,
  options: object = {},
) => {
  const test = await fakeCase();
  const inputs = textInputs(test, texts, question);
  const run = runStage(scoreLexical, inputs, options, test.ctx);
  return (await collect(run.chunks)).map((chunk) => chunk.score!);
};
const idf = (chunks: number, df: number) => Math.log((chunks + 1) / (df + 0.5));

Deno.test("score.lexical is the share of the question's words in the chunk, weighted by rarity", async () => {
  const texts = ["the white whale ", "the Whale, the sea ", "the the "];
  const got = await score(texts, "The white whale. Where?");
  const the = idf(3, 3);
  const white = idf(3, 1);
  const whale = idf(3, 2);
  const all = the + white + whale + idf(3, 0);
  const expected = [the + white + whale, the + whale, the].map((s) => s / all);
  got.forEach((s, i) => assert(Math.abs(s - expected[i]!) < 1e-12));
});

Deno.test("score.lexical of n-grams finds other forms of a word", async () => {
  const texts = ["she works ", "he slept "];
  assert.deepEqual(await score(texts, "work"), [0, 0]);
  const [works, slept] = await score(texts, "work", { unit: "ngram", n: 3 });
  // _wo wor ork rk_ of the question; the first three are in one chunk of two
  const share = 3 * idf(2, 1) / (3 * idf(2, 1) + idf(2, 0));
  assert(Math.abs(works! - share) < 1e-12);
  assert.equal(slept, 0);
});

Deno.test("score.lexical of n-grams takes words that are shorter than n whole", async () => {
  const options = { unit: "ngram", n: 8 };
  const [both, one] = await score(["a whale ", "a "], "a whale", options);
  assert.equal(both, 1);
  assert(one! > 0 && one! < 1);
});

Deno.test("score.lexical is 0 for a question without words", async () => {
  assert.deepEqual(await score(["a ", "b "], "?"), [0, 0]);
});
