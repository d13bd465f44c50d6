import assert from "node:assert/strict";
import {
  type ChunkScorer,
  scoreConstant,
  scoreOracle,
  scoreRecency,
} from "../../../stages/mod.ts";
import { fakeCase, runStage } from "../fake_case.ts";
import { collect } from "../stage_context.ts";
import { textInputs } from "./text_case.ts";

const score = async (
  // deno-lint-ignore no-explicit-any
  scorer: ChunkScorer<any>,
  texts: readonly string[],
  options: object = {},
) => {
  const test = await fakeCase();
  const inputs = textInputs(test, texts, "?");
  const scored = await collect(
    runStage(scorer, inputs, options, test.ctx).chunks,
  );
  return scored.map(({ score, better }) => [score, better]);
};

Deno.test("score.recency prefers later chunks, score.constant none", async () => {
  assert.deepEqual(await score(scoreRecency, ["a", "b", "c"]), [
    [0, "high"],
    [1, "high"],
    [2, "high"],
  ]);
  assert.deepEqual(await score(scoreConstant, ["a", "b"]), [
    [0, "low"],
    [0, "low"],
  ]);
});

Deno.test("score.oracle is how much of the texts a chunk holds, also across a border", async () => {
  const texts = ["žany pass ", "key is 5. no", " no. The key"];
  const scores = async (text: string | string[]) =>
    (await score(scoreOracle, texts, { text })).map(([score]) => score);
  assert.deepEqual(await scores("key is"), [0, 1, 0]);
  assert.deepEqual(await scores("key"), [0, 1, 1]);
  assert.deepEqual(await scores(["no", "The", "5"]), [0, 2, 2]);
  assert.deepEqual(await scores("pass key"), [5 / 8, 3 / 8, 0]);
  await assert.rejects(scores(["key", "lock"]), {
    name: "RangeError",
    message: "The document does not hold the text 'lock'",
  });
  await assert.rejects(scores([]), {
    name: "RangeError",
    message: /^An oracle must be told what the right chunks say/,
  });
});
