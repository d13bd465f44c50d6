import assert from "node:assert/strict";
import { from, lastValueFrom } from "rxjs";
import { chunkEven, type KvChunk, merge } from "../../../stages/mod.ts";
import {
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "../fake_case.ts";
import { collect } from "../stage_context.ts";

async function placed(test: FakeCase): Promise<FakeCase> {
  const { tokens, prompt, model, ctx } = test;
  const inputs = {
    tokens: held(tokens),
    prompt: held(prompt),
    model: held(model),
  };
  const options = { positions: "document", answerTokens: 8 } as const;
  const chunks = await collect(
    runStage(chunkEven, inputs, options, ctx).chunks,
  );
  return { ...test, chunks };
}

const mergeAll = (
  { ctx, model }: FakeCase,
  chunks: readonly KvChunk[],
  connected = true,
) =>
  lastValueFrom(
    runStage(
      merge,
      { chunks: from(chunks), model: connected ? held(model) : from([]) },
      {},
      ctx,
    ).context,
  );

Deno.test("chunk.even puts chunks at the document's positions where it is asked to", async () => {
  const test = await placed(await fakeCase());
  const { chunks, tokens, prompt } = test;
  assert(chunks.length > 2);
  let before = 0;
  for (const chunk of chunks) {
    assert.equal(chunk.offset, before);
    assert.equal(
      chunk.positions,
      prompt.lead.length + tokens.ids.length + prompt.tail.length,
    );
    before += chunk.tokens.length;
  }
});

Deno.test("merge asks behind the document where chunks stand at its positions", async () => {
  const test = await placed(await fakeCase());
  const asked = await askedChunks(test);
  const { position } = await mergeAll(test, asked);
  assert.equal(position, test.prompt.lead.length + test.tokens.ids.length);
});

Deno.test("merge turns keys to the document's positions, and values stay", async () => {
  const plain = await fakeCase();
  const test = await placed(plain);
  const [, second] = await askedChunks(test);
  const own = second!.cache.layers[0]!;
  const before = { keys: own.keys.slice(), values: own.values.slice() };
  const { cache } = await mergeAll(test, [second!]);
  const [layer] = cache.layers;
  const { headDim } = cache;
  assert.deepEqual(layer!.values, before.values);
  assert.notDeepEqual(layer!.keys, before.keys);
  const length = (of: Float32Array) =>
    Math.hypot(...of.subarray(3 * headDim, 4 * headDim));
  assert(Math.abs(length(layer!.keys) - length(before.keys)) < 1e-5);
});

Deno.test("merge says what it needs where chunks have places and no model is connected", async () => {
  const test = await placed(await fakeCase());
  const asked = await askedChunks(test);
  await assert.rejects(mergeAll(test, asked, false), {
    message: /merge needs the model; connect it/,
  });
});
