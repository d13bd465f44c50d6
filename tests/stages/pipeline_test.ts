import assert from "node:assert/strict";
import { from, of } from "rxjs";
import { builtins } from "../../stages/builtins.ts";
import {
  calibrate,
  evictAttention,
  type KvChunk,
  scoreSelfInformation,
  selectTop,
} from "../../stages/mod.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "./fake_case.ts";
import { logProb } from "./fake_transformer.ts";
import { collect } from "./stage_context.ts";

/** Scored and selected chunks. */
async function best(
  test: FakeCase,
  chunks: readonly KvChunk[],
  n: number,
): Promise<KvChunk[]> {
  const scored = runStage(
    scoreSelfInformation,
    { chunks: from(chunks), prompt: of(test.prompt) },
    {},
    test.ctx,
  ).chunks;
  return await collect(
    runStage(selectTop, { chunks: scored }, { n }, test.ctx).chunks,
  );
}

Deno.test("I1: one chunk with nothing evicted asks over the merged cache as inside the chunk", async () => {
  const test = await fakeCase({
    text: "There she blows! A hump like a snow-hill!",
  });
  const { tail } = test.prompt;
  const [chunk] = await askedChunks(test);
  const whole = Int32Array.from([
    ...test.chunks[0]!.lead,
    ...test.chunks[0]!.tokens,
    ...tail,
  ]);
  const { logits } = test.model.transformer.forward(whole, 0);
  const state = await test.model.decode(chunk!.cache, chunk!.entriesBefore);
  const answer = await state.step(tail);
  assert(
    answer.every((logit, i) => Math.abs(logit - logits.at(-1)![i]!) < 1e-4),
  );
  const first = whole.length - tail.length;
  for (let r = 1; r < tail.length; r++) {
    assert(
      Math.abs(
        chunk!.question!.logProbs[r]! -
          logProb(logits[first + r - 1]!, tail[r]!),
      ) < 1e-4,
    );
  }
});

Deno.test("I3: micro-batches, workers and the one-pass form give the same answer", async () => {
  const answers = [];
  for (
    const [batch, workers, onePass] of [
      [1, 1, false],
      [2, 1, false],
      [4, 2, false],
      [1, 3, true],
      [3, 1, true],
    ] as const
  ) {
    const test = await fakeCase({ model: { workers } });
    const asked = await askedChunks(test, { batch, onePass });
    const { kept, ...answer } = await answerOver(
      test,
      await best(test, asked, 2),
    );
    answers.push({
      ...answer,
      kept: kept.map((c) => [c.chunk, c.score!.toFixed(4), c.entries]),
    });
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

Deno.test("I4: keeping everything, lambda 1 and all chunks are exact no-ops together", async () => {
  const plain = await fakeCase();
  const expected = await answerOver(plain, await askedChunks(plain));
  const test = await fakeCase();
  const asked = await best(test, await askedChunks(test), 99);
  const model = held(test.model);
  const evicted = await collect(
    runStage(evictAttention, { chunks: from(asked), model, allocator: of() }, {
      keep: { share: 1 },
    }, test.ctx).chunks,
  );
  const rules = [{ zone: "all" as const, lambda: 1 }];
  const calibrated = await collect(
    runStage(calibrate, { chunks: from(evicted), model }, { rules }, test.ctx)
      .chunks,
  );
  const { kept, ...answer } = await answerOver(test, calibrated);
  assert.deepEqual({
    ...answer,
    kept: kept.map((c) => ({ ...c, score: null })),
  }, expected);
});

Deno.test("a whole run gives every byte and every cache back", async () => {
  const test = await fakeCase();
  const asked = await best(test, await askedChunks(test), 2);
  const evicted = await collect(
    runStage(
      evictAttention,
      { chunks: from(asked), model: held(test.model), allocator: of() },
      {},
      test.ctx,
    ).chunks,
  );
  await answerOver(test, evicted);
  assert.equal(test.model.live, 0);
  assert.equal(test.ctx.budget.free, test.ctx.budget.total);
});

Deno.test("builtins() describes every stage and every option", () => {
  const registry = builtins();
  const names = registry.names();
  assert(names.length >= 25);
  for (const name of names) {
    const stage = registry.get(name)!;
    assert.match(stage.summary, /^[A-Z].*[^.]$/, name);
    for (
      const [option, schema] of Object.entries(
        stage.options.shape as Record<string, { description?: string }>,
      )
    ) {
      assert(schema.description, `${name}.${option} has a description`);
    }
  }
});
