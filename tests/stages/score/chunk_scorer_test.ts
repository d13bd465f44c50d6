import assert from "node:assert/strict";
import { from, type Observable, of } from "rxjs";
import {
  defineChunkScorer,
  type KvChunk,
  type Prompt,
  scoreRandom,
  scoreSelfInformation,
} from "../../../stages/mod.ts";
import { askedChunks, fakeCase, runStage } from "../fake_case.ts";
import { logProb } from "../fake_transformer.ts";
import { chunksThat, collect } from "../stage_context.ts";

const none: Observable<Prompt> = of();

Deno.test("row 9: score.self-information is the mean cross-entropy of the question's tokens", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const inputs = { chunks: from(asked), prompt: of(test.prompt) };
  const scored = await collect(
    runStage(scoreSelfInformation, inputs, {}, test.ctx).chunks,
  );
  const { tail, scored: [start, end] } = test.prompt;
  for (const { chunk, score } of scored) {
    const ids = Int32Array.from([...chunk.lead, ...chunk.tokens, ...tail]);
    const { logits } = test.model.transformer.forward(ids, 0);
    const first = ids.length - tail.length;
    let sum = 0;
    for (let r = start; r < end; r++) {
      sum -= logProb(logits[first + r - 1]!, tail[r]!);
    }
    assert(Math.abs(score! - sum / (end - start)) < 1e-4);
  }
  assert.deepEqual(chunksThat(test.ctx, "scored"), [0, 1, 2, 3]);
});

Deno.test("score.self-information sums, or scores the last tokens only", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const { scored } = test.prompt;
  const score = async (
    options: Parameters<typeof scoreSelfInformation.options.parse>[0],
    prompt = of(test.prompt),
  ) => {
    const run = runStage(
      scoreSelfInformation,
      { chunks: from(asked), prompt },
      options as object,
      test.ctx,
    );
    return (await collect(run.chunks)).map((chunk) => chunk.score!);
  };
  const nll = (chunk: KvChunk, from: number, to: number) =>
    chunk.question!.logProbs.subarray(from, to).reduce((sum, p) => sum - p, 0);
  const close = (a: number[], b: number[]) =>
    a.forEach((v, i) => assert(Math.abs(v - b[i]!) < 1e-6));
  close(await score({ reduce: "sum" }), asked.map((c) => nll(c, ...scored)));
  close(
    await score({ lastTokens: 2 }),
    asked.map((c) => nll(c, scored[1] - 2, scored[1]) / 2),
  );
  const rows = test.prompt.tail.length;
  close(await score({}, none), asked.map((c) => nll(c, 1, rows) / (rows - 1)));
});

Deno.test("score.self-information refuses what it cannot score", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const score = (chunks: Observable<KvChunk>, prompt: Observable<Prompt>) =>
    collect(
      runStage(scoreSelfInformation, { chunks, prompt }, {}, test.ctx).chunks,
    );
  const all = { ...test.prompt, scored: [0, 3] } as const;
  await assert.rejects(score(of(chunk!), of(all)), {
    name: "RangeError",
    message: "Score of chunk 0 is 'NaN', not a finite number",
  });
  await assert.rejects(score(of(chunk!), of({ ...all, scored: [2, 2] })), {
    message: /no token that can be scored/,
  });
  const { question: _, ...unasked } = { ...chunk!, retain() {}, release() {} };
  await assert.rejects(score(of(unasked), none), {
    name: "TypeError",
    message: /put requery before score.self-information/,
  });
});

Deno.test("row 11: score.random depends on seed and chunk, not on the order of arrival", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const scores = async (chunks: KvChunk[], seed: number) => {
    const run = runStage(scoreRandom, { chunks: from(chunks), prompt: none }, {
      seed,
    }, test.ctx);
    return new Map(
      (await collect(run.chunks)).map((c) => [c.chunk.index, c.score]),
    );
  };
  const first = await scores(asked, 1);
  const turned = await scores(asked.toReversed(), 1);
  for (const [chunk, score] of first) assert.equal(turned.get(chunk), score);
  assert.notDeepEqual(first, await scores(asked, 2));
  assert.equal(new Set(first.values()).size, asked.length);
});

Deno.test("defineChunkScorer() builds a stage out of one function", async () => {
  const last = defineChunkScorer({
    name: "my.last",
    score: ({ chunk }) => -chunk.index,
  });
  assert.deepEqual(last.inputs.chunks.needs, []);
  assert.deepEqual(last.outputs.chunks.like, "chunks");
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const scored = await collect(
    runStage(last, { chunks: from(asked), prompt: none }, {}, test.ctx).chunks,
  );
  assert.deepEqual(scored.map((chunk) => chunk.score), [-0, -1, -2, -3]);
  assert(
    scored.every((chunk) => chunk.question),
    "what the chunk carried stays",
  );
  for (const chunk of scored) chunk.release();
  assert.equal(test.model.live, 0);
});
