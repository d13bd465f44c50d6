import assert from "node:assert/strict";
import fc from "fast-check";
import {
  Bm25Index,
  scoreBm25,
  sentencesOf,
  wordsOf,
} from "../../../stages/mod.ts";
import { fakeCase, runStage } from "../fake_case.ts";
import { collect } from "../stage_context.ts";
import { textInputs } from "./text_case.ts";

/** The formula, word by word, without an index. */
function naiveBm25(
  query: readonly string[],
  texts: readonly string[],
  { k1, b }: { k1: number; b: number },
): number[] {
  const split = texts.map((text) => text.split(" "));
  const mean = split.flat().length / texts.length;
  return split.map((words) => {
    let score = 0;
    for (const word of query) {
      const n = split.filter((other) => other.includes(word)).length;
      const idf = Math.log(1 + (texts.length - n + 0.5) / (n + 0.5));
      const f = words.filter((other) => other === word).length;
      if (f === 0) continue; // 0 / 0 where k1 is 0
      score += idf * f * (k1 + 1) /
        (f + k1 * (1 - b + b * words.length / mean));
    }
    return score;
  });
}

const text = fc.array(fc.constantFrom("a", "b", "c", "d", "whale"), {
  minLength: 1,
  maxLength: 12,
}).map((words) => words.join(" "));

Deno.test("Bm25Index scores as the formula says", () => {
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 8 }),
      text,
      fc.double({ min: 0, max: 3, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (texts, question, k1, b) => {
        const words = [...new Set(question.split(" "))];
        const expected = naiveBm25(words, texts, { k1, b });
        const index = new Bm25Index(texts, { k1, b });
        const query = new Map(words.map((word) => [word, 1]));
        const double = new Map(words.map((word) => [word, 2]));
        for (const [i, score] of expected.entries()) {
          assert(Math.abs(index.score(query, i) - score) < 1e-9);
          assert(Math.abs(index.score(double, i) - 2 * score) < 1e-9);
        }
      },
    ),
  );
});

const score = async (
  texts: readonly string[],
  question: string,
  options: object = {},
) => {
  const test = await fakeCase();
  const inputs = textInputs(test, texts, question);
  const run = runStage(scoreBm25, inputs, options, test.ctx);
  const chunks = await collect(run.chunks);
  assert(chunks.every(({ better }) => better === "high"));
  return chunks.map((chunk) => chunk.score!);
};

Deno.test("score.bm25 scores chunks against the question, a word that it says twice counting twice", async () => {
  const texts = ["The whale swam. ", "Ahab saw THE sea ", "the the of a\n"];
  const lower = ["the whale swam", "ahab saw the sea", "the the of a"];
  const query = ["the", "whale", "the", "sea"];
  const k = { k1: 1.2, b: 0.75 };
  const close = (got: number[], expected: number[]) =>
    got.forEach((s, i) => assert(Math.abs(s - expected[i]!) < 1e-9));
  close(
    await score(texts, "The whale? The sea!"),
    naiveBm25(query, lower, k),
  );
  close(
    await score(texts, "The whale? The sea!", { k1: 0.5, b: 0 }),
    naiveBm25(query, lower, { k1: 0.5, b: 0 }),
  );
});

Deno.test("score.bm25 with unit: sentence takes the best sentence of each chunk", async () => {
  const texts = ["A whale. The sea is. ", "Whale whale sea. No? ", "Nothing. "];
  const units = ["a whale", "the sea is", "whale whale sea", "no", "nothing"];
  const all = naiveBm25(["whale", "sea"], units, { k1: 1.2, b: 0.75 });
  const expected = [Math.max(all[0]!, all[1]!), all[2]!, 0];
  const got = await score(texts, "Whale sea", { unit: "sentence" });
  got.forEach((s, i) => assert(Math.abs(s - expected[i]!) < 1e-9));
});

Deno.test("score.bm25 is 0 where nothing fits, and where there are no words", async () => {
  assert.deepEqual(await score(["a b ", "c "], "x y"), [0, 0]);
  assert.deepEqual(await score(["... ", "!! "], "?"), [0, 0]);
  assert.deepEqual(
    await score(["... ", "a "], "a")
      .then((s) => s.map((v) => v > 0)),
    [false, true],
  );
});

Deno.test("wordsOf() reads every script", () => {
  assert.deepEqual(wordsOf("Ishmael's boat_2 — ÉTÉ été"), [
    "ishmael",
    "s",
    "boat",
    "2",
    "été",
    "été",
  ]);
  assert.deepEqual(wordsOf("ｗｈａｌｅ 鯨だ Кит"), [
    "whale",
    "鯨",
    "だ",
    "кит",
  ]);
  assert.deepEqual(wordsOf(" …"), []);
});

Deno.test("sentencesOf() ends at marks and empty lines, and at line ends where a piece is long", () => {
  assert.deepEqual(sentencesOf("One. Two! “Three?” 4.5 is\none\n\nmore"), [
    "One.",
    "Two!",
    "“Three?”",
    "4.5 is\none",
    "more",
  ]);
  assert.deepEqual(sentencesOf("鯨だ。海！"), ["鯨だ。", "海！"]);
  const rows = Array.from({ length: 60 }, (_, i) => `row ${i}, value`);
  assert.deepEqual(sentencesOf(rows.join("\n")), rows);
  assert.deepEqual(sentencesOf(" \n\n "), []);
});
