import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom, of } from "rxjs";
import type { DecodeState } from "../../kernels/language_model.ts";
import { decode, DecodeOptions, merge } from "../../stages/mod.ts";
import { askedChunks, fakeCase, held, runStage } from "./fake_case.ts";

/** An answer of 60 tokens, and how many entries the tail held after each. */
async function run(tail?: { most: number; evict?: "oldest" | "attention" }) {
  const test = await fakeCase({ answerTokens: 60 });
  const sizes: number[] = [];
  const { decode: open } = test.model;
  test.model.decode = async (...given) => {
    const state = await open.apply(test.model, given);
    const watched: DecodeState = {
      step: async (ids, signal) => {
        const logits = await state.step(ids, signal);
        sizes.push(state.tailEntries ?? NaN);
        return logits;
      },
      [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
    };
    return watched;
  };
  const chunks = from((await askedChunks(test)).slice(0, 1));
  const inputs = {
    context: runStage(merge, { chunks, model: EMPTY }, {}, test.ctx).context,
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const options = { maxTokens: 60, minTokens: 60, ...(tail && { tail }) };
  const answer = await lastValueFrom(
    runStage(decode, inputs, options, test.ctx).answer,
  );
  return { answer, sizes, rows: test.prompt.tail.length };
}

for (const evict of ["oldest", "attention"] as const) {
  Deno.test(`row 22: decode with tail: { most: 8, evict: ${evict} } holds the question and 8 entries from then on`, async () => {
    const { sizes, rows, answer } = await run({ most: 8, evict });
    assert.equal(answer.tokens, 60);
    assert.deepEqual(
      sizes,
      Array.from({ length: 60 }, (_, i) => rows + Math.min(i, 8)),
    );
  });
}

Deno.test("decode: a tail that is long enough changes nothing, a short one does", async () => {
  const free = await run();
  const same = await run({ most: 60 });
  assert.equal(same.answer.answer, free.answer.answer);
  const short = await run({ most: 1 });
  assert.notEqual(short.answer.answer, free.answer.answer);
});

Deno.test("decode: tail is left out by default, and takes the oldest", () => {
  assert.equal(DecodeOptions.parse({}).tail, undefined);
  const { tail } = DecodeOptions.parse({ tail: { most: 4 } });
  assert.deepEqual(tail, { most: 4, evict: "oldest" });
  assert.throws(() => DecodeOptions.parse({ tail: { most: 0 } }));
});
