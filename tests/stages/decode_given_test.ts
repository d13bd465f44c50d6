import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom, of, toArray } from "rxjs";
import {
  decodeGiven,
  merge,
  type MergedContext,
  quantiseInt8,
} from "../../stages/mod.ts";
import {
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "./fake_case.ts";

async function contextOf(test: FakeCase): Promise<MergedContext> {
  const chunks = from(await askedChunks(test));
  return await lastValueFrom(
    runStage(merge, { chunks, model: EMPTY }, {}, test.ctx).context,
  );
}

function measured(test: FakeCase, context: MergedContext, text: string) {
  const inputs = {
    context: of(context),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  return runStage(decodeGiven, inputs, { text }, test.ctx);
}

/** Mean −log P of a text behind the prompt, one token after the other in 64 bits. */
async function naiveNll(
  { model, prompt }: FakeCase,
  { cache, position }: MergedContext,
  text: string,
): Promise<number> {
  await using state = await model.decode(cache, position);
  const ids = model.tokenizer.encode(text);
  let [rows, sum] = [prompt.tail, 0];
  for (const id of ids) {
    const logits = [...await state.step(rows)];
    const all = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    sum -= logits[id]! - Math.log(all);
    rows = Int32Array.of(id);
  }
  return sum / ids.length;
}

const close = (a: number, b: number, within: number) =>
  assert(Math.abs(a - b) < within, `${a} is not ${b}`);

Deno.test("decode.given measures a text as decoding would meet it, and gives everything back", async () => {
  const test = await fakeCase();
  const text = " It was the whale.";
  const context = await contextOf(test);
  const expected = await naiveNll(test, context, text);
  const answer = await lastValueFrom(measured(test, context, text).answer);
  close(answer.nll!, expected, 1e-4);
  assert.equal(answer.answer, text);
  assert.equal(answer.tokens, test.model.tokenizer.encode(text).length);
  assert.equal(answer.kept.length, context.kept.length);
  assert.equal(test.ctx.budget.free, test.ctx.budget.total);
  const other = await lastValueFrom(
    measured(test, await contextOf(test), " Zq#").answer,
  );
  assert.notEqual(other.nll, answer.nll);
});

Deno.test("decode.given measures over 8-bit caches too, step by step", async () => {
  const test = await fakeCase();
  const text = " It was";
  const plain = await naiveNll(test, await contextOf(test), text);
  const small = await lastValueFrom(
    runStage(
      quantiseInt8,
      { context: of(await contextOf(test)) },
      {},
      test.ctx,
    ).context,
  );
  const expected = await naiveNll(test, small, text);
  const { nll } = await lastValueFrom(measured(test, small, text).answer);
  close(nll!, expected, 1e-4);
  close(nll!, plain, 0.5);
});

Deno.test("decode.given gives its text once to who reads the text", async () => {
  const test = await fakeCase();
  const context = await contextOf(test);
  const pieces = measured(test, context, " It").text.pipe(toArray());
  assert.deepEqual(await lastValueFrom(pieces), [" It"]);
});
