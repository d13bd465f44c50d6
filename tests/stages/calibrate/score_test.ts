import assert from "node:assert/strict";
import { concat, from, NEVER, of } from "rxjs";
import type { z } from "zod";
import { describeKvChunk } from "../../../stages/cache/kv_chunk.ts";
import { calibrateScore, type KvChunk } from "../../../stages/mod.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  runStage,
} from "../fake_case.ts";
import { collect } from "../stage_context.ts";

type Options = z.input<typeof calibrateScore.options>;

/** The case's chunks with scores, all others dropped. */
async function scored(
  test: FakeCase,
  scores: readonly number[],
  better: "low" | "high" = "low",
): Promise<KvChunk[]> {
  const chunks = await askedChunks(test);
  for (const chunk of chunks.slice(scores.length)) chunk.release();
  return chunks.slice(0, scores.length).map((chunk, i) =>
    describeKvChunk(chunk, { score: scores[i]!, better })
  );
}

const weigh = (
  test: FakeCase,
  chunks: readonly KvChunk[],
  options: Options = {},
) =>
  collect(
    runStage(calibrateScore, { chunks: from(chunks) }, options, test.ctx)
      .chunks,
  );

/** The biases that a chunk's entries have, in every layer alike: of its lead, and of the rest. */
function biases({ cache, chunk }: KvChunk) {
  const lead = new Set<number>();
  const rest = new Set<number>();
  for (const { positions, bias } of cache.layers) {
    for (const [i, at] of positions.entries()) {
      (at < chunk.lead.length ? lead : rest).add(bias?.[i] ?? 0);
    }
  }
  return { lead: [...lead], rest: [...rest] };
}

Deno.test("calibrate.score lets every entry lie as many nats behind as its chunk's score; the best chunk and leads stay", async () => {
  const test = await fakeCase();
  assert(test.prompt.lead.length > 0);
  const low = await weigh(test, await scored(test, [1.5, 1, 1.25]), {
    nats: 4,
  });
  assert.deepEqual(low.map((chunk) => biases(chunk).rest), [[-2], [0], [-1]]);
  assert.deepEqual(low.map((chunk) => biases(chunk).lead), [[0], [0], [0]]);
  assert.deepEqual(low.map(({ chunk }) => chunk.index), [0, 1, 2]);
  const twice = await weigh(test, low, { nats: 2 });
  assert.deepEqual(twice.map((chunk) => biases(chunk).rest), [[-3], [0], [
    -1.5,
  ]]);
  for (const chunk of twice) chunk.release();
  const high = await weigh(test, await scored(test, [1.5, 1, 1.25], "high"));
  assert.deepEqual(high.map((chunk) => biases(chunk).rest), [[0], [-1], [
    -0.5,
  ]]);
  for (const chunk of high) chunk.release();
  assert.equal(test.ctx.budget.used, 0);
});

Deno.test("calibrate.score: with very many nats the answer is that over the best chunk alone", async () => {
  const test = await fakeCase();
  const scores = [2, 1, 1.5];
  const plain = await answerOver(test, await scored(test, scores));
  const chunks = await scored(test, scores);
  const weighed = await weigh(test, chunks, { nats: 1e4 });
  const answer = await answerOver(test, weighed);
  const [first, best, last] = await scored(test, scores);
  first!.release();
  last!.release();
  const alone = await answerOver(test, [best!]);
  assert.equal(answer.answer, alone.answer);
  assert.notEqual(plain.answer, alone.answer);
  assert.deepEqual(answer.kept.map(({ score }) => score), scores);
});

Deno.test("calibrate.score with 0 nats hands every chunk on at once, as it is", async () => {
  const test = await fakeCase();
  const [first, ...others] = await scored(test, [2, 1]);
  const source = concat(of(first!), NEVER);
  const seen: KvChunk[] = [];
  const subscription = runStage(
    calibrateScore,
    { chunks: source },
    { nats: 0 },
    test.ctx,
  ).chunks.subscribe((chunk) => seen.push(chunk));
  subscription.unsubscribe();
  assert.deepEqual(seen, [first]);
  for (const chunk of [first!, ...others]) chunk.release();
});

Deno.test("calibrate.score without scores is refused, and gives all memory back", async () => {
  const test = await fakeCase();
  const chunks = await askedChunks(test);
  await assert.rejects(weigh(test, chunks), {
    name: "TypeError",
    message:
      "Chunk 0 has score 'undefined'; put a scorer before calibrate.score",
  });
  assert.equal(test.ctx.budget.used, 0);
});
