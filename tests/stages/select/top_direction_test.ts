import assert from "node:assert/strict";
import { from } from "rxjs";
import { type KvChunk, selectTop } from "../../../stages/mod.ts";
import { runStage } from "../fake_case.ts";
import { collect, type TestContext, testContext } from "../stage_context.ts";
import { heldChunk } from "./held_chunk.ts";

const scores = [2.1, 0.4, 3.3, 1.0];
const chunks = (better?: "low" | "high") =>
  scores.map((score, i) => ({
    ...heldChunk(i, score),
    ...(better && { better }),
  }));
const kept = async (
  given: readonly KvChunk[],
  options: object,
  ctx: TestContext = testContext(),
) => {
  const run = runStage(selectTop, { chunks: from(given) }, options, ctx);
  return (await collect(run.chunks)).map(({ chunk }) => chunk.index);
};
const warnings = (ctx: TestContext) =>
  ctx.events.flatMap((e) => e.type === "warning" ? [e.message] : []);

Deno.test("select.top follows what the scorer calls good", async () => {
  const ctx = testContext();
  assert.deepEqual(await kept(chunks("low"), { n: 2 }, ctx), [1, 3]);
  assert.deepEqual(await kept(chunks("high"), { n: 2 }, ctx), [0, 2]);
  assert.deepEqual(await kept(chunks(), { n: 2 }, ctx), [1, 3]);
  const highest = { n: 2, keep: "highest" };
  assert.deepEqual(await kept(chunks("high"), highest, ctx), [0, 2]);
  assert.deepEqual(warnings(ctx), []);
});

Deno.test("select.top warns once where it is told to keep the worst", async () => {
  const ctx = testContext();
  const lowest = { n: 2, keep: "lowest" };
  assert.deepEqual(await kept(chunks("high"), lowest, ctx), [1, 3]);
  assert.deepEqual(warnings(ctx), [
    "keep: lowest keeps the worst chunks: this scorer's high scores are good",
  ]);
});

Deno.test("select.top refuses chunks of scorers that disagree on what is good", async () => {
  const mixed = [...chunks("low").slice(0, 2), ...chunks("high").slice(2)];
  await assert.rejects(kept(mixed, { n: 2 }), {
    name: "TypeError",
    message:
      "Of chunk 2 high scores are good, of those before low ones; connect one scorer",
  });
});
