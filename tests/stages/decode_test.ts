import assert from "node:assert/strict";
import {
  EMPTY,
  firstValueFrom,
  forkJoin,
  from,
  lastValueFrom,
  of,
  toArray,
} from "rxjs";
import type { DecodeState } from "../../kernels/language_model.ts";
import { decode, merge, type MergedContext } from "../../stages/mod.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "./fake_case.ts";
import { argmax } from "../../stages/sampler.ts";

/** A context over all chunks. */
async function contextOf(test: FakeCase): Promise<MergedContext> {
  const chunks = await askedChunks(test);
  return await lastValueFrom(
    runStage(merge, { chunks: from(chunks), model: EMPTY }, {}, test.ctx)
      .context,
  );
}

/** A model that says the given ids, whatever it is asked. */
function scripted(
  test: FakeCase,
  ids: readonly number[],
): { fed: number[][]; closed: boolean } {
  const seen = { fed: [] as number[][], closed: false };
  let at = 0;
  const state: DecodeState = {
    step: (fed) => {
      seen.fed.push([...fed]);
      const logits = new Float32Array(260).fill(-9);
      logits[ids[at++] ?? 46] = 9;
      logits[46] = 8; // "." is always the second choice
      return Promise.resolve(logits);
    },
    [Symbol.asyncDispose]: () => {
      seen.closed = true;
      return Promise.resolve();
    },
  };
  test.model.decode = () => Promise.resolve(state);
  return seen;
}

const bytes = (text: string) => [...new TextEncoder().encode(text)];

async function run(
  test: FakeCase,
  options: Parameters<typeof decode.options.parse>[0] = {},
) {
  const inputs = {
    context: held(await contextOf(test)),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const outputs = runStage(decode, inputs, {
    maxTokens: 20,
    ...options as object,
  }, test.ctx);
  return await lastValueFrom(
    forkJoin({ answer: outputs.answer, pieces: outputs.text.pipe(toArray()) }),
  );
}

Deno.test("row 33: decode is greedy, ends at a stop token, and says so", async () => {
  const test = await fakeCase();
  const seen = scripted(test, [...bytes("Ahab."), 259, 65]);
  const { answer, pieces } = await run(test);
  assert.deepEqual(pieces, ["A", "h", "a", "b", "."]);
  assert.equal(answer.answer, "Ahab.");
  assert.equal(answer.finish, "stop");
  assert.equal(answer.tokens, 5);
  assert.deepEqual(seen.fed, [[...test.prompt.tail], [65], [104], [97], [98], [
    46,
  ]]);
  assert(seen.closed);
  const tokens = test.ctx.events.flatMap((e) =>
    e.type === "token" ? [e.text] : []
  );
  assert.deepEqual(tokens, pieces);
});

Deno.test("row 33: decode stops at maxTokens and at the end of the window", async () => {
  const test = await fakeCase();
  scripted(test, bytes("abcdefghijklmnopqrstuvwxyz"));
  const { answer } = await run(test, { maxTokens: 4 });
  assert.deepEqual([answer.answer, answer.finish, answer.tokens], [
    "abcd",
    "length",
    4,
  ]);
  const roomy = await fakeCase({ answerTokens: 3 });
  scripted(roomy, bytes("abcdefghijklmnopqrstuvwxyz"));
  const { position } = await contextOf(roomy);
  const room = 160 - position - roomy.prompt.tail.length + 1;
  const long = await run(roomy, { maxTokens: 100 });
  assert.deepEqual([long.answer.tokens, long.answer.finish], [room, "length"]);
});

Deno.test("row 33: decode gives at least one token unless minTokens is 0", async () => {
  const test = await fakeCase();
  scripted(test, [259, 259]);
  assert.equal((await run(test)).answer.answer, ".");
  scripted(test, [259]);
  const { answer, pieces } = await run(test, { minTokens: 0 });
  assert.deepEqual(
    [answer.answer, answer.finish, answer.tokens, pieces.length],
    ["", "stop", 0, 0],
  );
});

Deno.test("decode stops at stop strings and never shows their beginning", async () => {
  const test = await fakeCase({ prompt: { stop: ["\n\n"] } });
  scripted(test, bytes("one\ntwo\n\nthree"));
  const { answer, pieces } = await run(test);
  assert.equal(answer.answer, "one\ntwo");
  assert.equal(answer.finish, "stop");
  assert.deepEqual(pieces, ["o", "n", "e", "\nt", "w", "o"]);
  scripted(test, bytes("one;two"));
  assert.equal((await run(test, { stop: [";"] })).answer.answer, "one");
});

Deno.test("decode never breaks a multi-byte character", async () => {
  const test = await fakeCase();
  scripted(test, [...bytes("a€🐋"), 259]);
  const { pieces } = await run(test);
  assert.deepEqual(pieces, ["a", "€", "🐋"]);
  scripted(test, [...bytes("€").slice(0, 2), 259]);
  assert.equal((await run(test)).answer.answer, "\ufffd");
});

Deno.test("decode over the fake model equals plain greedy generation", async () => {
  const test = await fakeCase({ text: "Call me Ishmael. Some years ago" });
  const [chunk] = await askedChunks(test);
  let ids = Int32Array.from([
    ...test.chunks[0]!.lead,
    ...test.chunks[0]!.tokens,
    ...test.prompt.tail,
  ]);
  const expected: number[] = [];
  while (expected.length < 8) {
    const logits = test.model.transformer.forward(ids, 0).logits.at(-1)!;
    if (expected.length === 0) {
      for (const id of test.model.config.stopIds) logits[id] = -Infinity;
    }
    const id = argmax(logits);
    if (test.model.config.stopIds.includes(id)) break;
    expected.push(id);
    ids = Int32Array.from([...ids, id]);
  }
  const answer = await answerOver(test, [chunk!]);
  assert.equal(answer.tokens, expected.length);
  const text = new TextDecoder().decode(
    Uint8Array.from(expected.filter((id) => id < 256)),
  );
  assert.equal(answer.answer, text);
  assert.equal(answer.contextTokens, 1 + test.chunks[0]!.tokens.length);
});

Deno.test("decode draws the same text for the same seed", async () => {
  const answer = async (seed: number) => {
    const test = await fakeCase();
    return (await run(test, { temperature: 1.5, seed, topK: 40 })).answer
      .answer;
  };
  assert.equal(await answer(1), await answer(1));
  assert.notEqual(await answer(1), await answer(2));
});

Deno.test("decode penalises repetitions", async () => {
  const test = await fakeCase();
  scripted(test, bytes("aaaa"));
  const { answer } = await run(test, { maxTokens: 3, repetitionPenalty: 2 });
  assert.equal(answer.answer, "a.a");
});

Deno.test("decode runs once for both outputs, also for a late reader", async () => {
  const test = await fakeCase();
  const seen = scripted(test, [...bytes("ab"), 259]);
  const inputs = {
    context: held(await contextOf(test)),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const outputs = runStage(decode, inputs, {}, test.ctx);
  const answer = await lastValueFrom(outputs.answer);
  assert.deepEqual(await lastValueFrom(outputs.text.pipe(toArray())), [
    "a",
    "b",
  ]);
  assert.equal(answer.answer, "ab");
  assert.equal(seen.fed.length, 3);
});

Deno.test("decode closes the model's state and releases the context when it is left", async () => {
  const test = await fakeCase();
  const seen = scripted(test, bytes("abcdef"));
  const { budget } = test.ctx;
  const inputs = {
    context: held(await contextOf(test)),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  assert(budget.free < budget.total);
  assert.equal(
    await firstValueFrom(runStage(decode, inputs, {}, test.ctx).text),
    "a",
  );
  await new Promise((resolve) => setTimeout(resolve));
  assert(seen.closed);
  assert(seen.fed.length < 4, "no step after the reader left");
  assert.equal(budget.free, budget.total);
});

Deno.test("decode warns when the context is longer than the window, and answers all the same", async () => {
  const test = await fakeCase({ model: { config: { window: 160 } } });
  const context = { ...await contextOf(test), position: 500 };
  scripted(test, bytes("abc"));
  const inputs = {
    context: of(context),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const answer = await lastValueFrom(
    runStage(decode, inputs, { maxTokens: 2 }, test.ctx).answer,
  );
  assert.equal(answer.answer, "ab");
  assert(
    test.ctx.events.some((e) =>
      e.type === "warning" && e.message.includes("window is 160")
    ),
  );
});
