import assert from "node:assert/strict";
import { CacheDecoder } from "../../../kernels/decode/cache_decoder.ts";
import { LateDecoder } from "../../../kernels/decode/late_decoder.ts";
import { OnnxModel } from "../../../kernels/model/onnx_model.ts";
import { noise, smallConfig } from "../../../kernels/model/random_model.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { StepDecoder } from "../../../kernels/decode/step_decoder.ts";
import { STEPS_AFTER } from "../../../kernels/family/step_graph.ts";
import { engineModel } from "../engine_model.ts";
import { maxDiff } from "../random_model.ts";

const ids = Int32Array.from(noise(60, 5, 64), (v) => Math.floor(v + 64));

/** Logits of the question and, greedily, what follows: by single steps, or many at once. */
async function answered(
  model: OnnxModel,
  bursts: readonly number[],
  position = 40,
  then?: number,
) {
  const [{ cache }] = await model.prefill([{ ids: ids.slice(0, 40) }]) as [
    Awaited<ReturnType<OnnxModel["prefill"]>>[number],
  ];
  await using decoder = await model.decode(cache, position);
  const logits = await decoder.step(ids.slice(40));
  const best = (of: Float32Array) =>
    of.reduce((at, v, i) => v > of[at]! ? i : at, 0);
  const tokens = [best(logits)];
  for (const [i, burst] of bursts.entries()) {
    // The last burst may go on from a token that is not the likeliest.
    if (then !== undefined && i === bursts.length - 1) tokens.push(then);
    if (decoder.greedy) {
      tokens.push(...await decoder.greedy(tokens.at(-1)!, burst));
      continue;
    }
    for (let i = 0; i < burst; i++) {
      tokens.push(best(await decoder.step(Int32Array.of(tokens.at(-1)!))));
    }
  }
  return { decoder, logits, tokens };
}

for (
  const [name, config] of Object.entries({
    "a Llama shape": smallConfig,
    "as many KV heads as heads": { ...smallConfig, kvHeads: 4 },
    "scaled scores under a cap": {
      ...smallConfig,
      attentionScale: 0.2,
      scoreCap: 5,
    },
  })
) {
  Deno.test(`StepDecoder gives CacheDecoder's logits and tokens: ${name}`, async () => {
    await using plain = await engineModel("npm", "exact", config);
    await using device = await engineModel("c", "exact", config);
    const expected = await answered(plain, [1, 5, 9]);
    const steps = await answered(device, [1, 5, 9]);
    assert(expected.decoder instanceof CacheDecoder);
    assert(steps.decoder instanceof StepDecoder);
    assert(maxDiff(steps.logits, expected.logits) < 1e-4);
    assert.deepEqual(steps.tokens, expected.tokens);
  });
}

Deno.test("StepDecoder turns what it decodes by its position, wherever the cache ends", async () => {
  await using plain = await engineModel("npm");
  await using device = await engineModel("c");
  for (const position of [7, 40, 93]) {
    const expected = await answered(plain, [8], position);
    const steps = await answered(device, [8], position);
    assert(maxDiff(steps.logits, expected.logits) < 1e-4);
    assert.deepEqual(steps.tokens, expected.tokens);
  }
});

Deno.test("StepDecoder.greedy() goes on from another token than the likeliest", async () => {
  await using plain = await engineModel("npm");
  await using device = await engineModel("c");
  const from = async (model: OnnxModel) => {
    const [prefilled] = await model.prefill([{ ids: ids.slice(0, 40) }]);
    await using decoder = await model.decode(prefilled!.cache, 40);
    await decoder.step(ids.slice(40));
    if (decoder.greedy) return [...await decoder.greedy(77, 6)];
    const tokens = [77];
    for (let i = 0; i < 6; i++) {
      const logits = await decoder.step(Int32Array.of(tokens.at(-1)!));
      tokens.push(logits.reduce((at, v, j) => v > logits[at]! ? j : at, 0));
    }
    return tokens.slice(1);
  };
  assert.deepEqual(await from(device), await from(plain));
});

Deno.test("StepDecoder loses no token where a device steps further than asked, as CUDA does when it records", async () => {
  await using plain = await engineModel("npm");
  await using device = await engineModel("c");
  const expected = await answered(plain, [3, 4, 5], 40, 77);
  const { send } = SessionWorker.prototype;
  let recorded = false;
  SessionWorker.prototype.send = function (request, ...rest) {
    const records = request.kind === "run" && request.replay !== undefined &&
      !recorded;
    if (!records) return send.call(this, request, ...rest);
    recorded = true;
    const times = (request.times ?? 1) + 2;
    return send.call(this, { ...request, times }, ...rest);
  };
  try {
    const steps = await answered(device, [3, 4, 5], 40, 77);
    assert(recorded);
    assert.deepEqual(steps.tokens, expected.tokens);
  } finally {
    SessionWorker.prototype.send = send;
  }
});

Deno.test("StepDecoder in 16 bits agrees with fp32", async () => {
  await using exact = await engineModel("c");
  await using half = await engineModel("c", "half");
  const { logits, tokens } = await answered(exact, [6]);
  const rounded = await answered(half, [6]);
  assert(rounded.decoder instanceof StepDecoder);
  assert(maxDiff(rounded.logits, logits) < 0.05);
  assert.deepEqual(rounded.tokens.slice(0, 3), tokens.slice(0, 3));
});

Deno.test("StepDecoder leaves caches to CacheDecoder whose heads hold different numbers", async () => {
  await using device = await engineModel("c");
  const [prefilled] = await device.prefill([{ ids: ids.slice(0, 40) }]);
  const { cache } = prefilled!;
  const counts = Int32Array.of(40, 39);
  const ragged = {
    ...cache,
    layers: cache.layers.map((layer) => ({ ...layer, counts })),
  };
  await using decoder = await device.decode(ragged, 40);
  assert(decoder instanceof CacheDecoder);
});

/** A cache as long as those that are rounded, a question over it, and `count` greedy tokens. */
async function longAnswer(
  model: OnnxModel,
  count: number,
  bursts = 1,
): Promise<{ logits: Float32Array; tokens: number[]; steps: boolean }> {
  const text = Int32Array.from(noise(310, 9, 64), (v) => Math.floor(v + 64));
  const [prefilled] = await model.prefill([{ ids: text.slice(0, 300) }]);
  await using decoder = await model.decode(prefilled!.cache, 300);
  const logits = await decoder.step(text.slice(300));
  const best = (of: Float32Array) =>
    of.reduce((at, v, i) => v > of[at]! ? i : at, 0);
  const tokens = [best(logits)];
  while (tokens.length < count) {
    const size = Math.ceil(count / bursts);
    tokens.push(
      ...decoder.greedy
        ? await decoder.greedy(tokens.at(-1)!, size)
        : [best(await decoder.step(Int32Array.of(tokens.at(-1)!)))],
    );
  }
  return {
    logits,
    tokens: tokens.slice(0, count),
    steps: decoder instanceof StepDecoder,
  };
}

for (
  const [name, config] of Object.entries({
    "a Llama shape": smallConfig,
    "one table for embedding and head": { ...smallConfig, tiedHead: true },
    "scores under a cap": { ...smallConfig, scoreCap: 5 },
  })
) {
  Deno.test(`StepDecoder over a cache in 8 bits agrees with CacheDecoder: ${name}`, async () => {
    await using plain = await engineModel("npm", "fast", config);
    await using device = await engineModel("c", "fast", config);
    const expected = await longAnswer(plain, 4);
    const rounded = await longAnswer(device, 4);
    assert(!expected.steps && rounded.steps);
    const largest = Math.max(...expected.logits.map(Math.abs));
    const apart = maxDiff(rounded.logits, expected.logits) / largest;
    assert(apart > 0 && apart < 0.01, `${apart}`);
    assert.deepEqual(rounded.tokens, expected.tokens);
  });
}

Deno.test("StepDecoder leaves short caches to CacheDecoder where it would round them", async () => {
  await using device = await engineModel("c", "fast");
  const [prefilled] = await device.prefill([{ ids: ids.slice(0, 40) }]);
  await using decoder = await device.decode(prefilled!.cache, 40);
  assert(decoder instanceof CacheDecoder);
});

Deno.test("StepDecoder makes room as an answer grows, and forgets tokens that were read", async () => {
  await using model = await engineModel("c");
  const once = await longAnswer(model, 4400, 3);
  const often = await longAnswer(model, 4400, 5);
  assert(once.steps && once.tokens.length === 4400);
  assert.deepEqual(often.tokens, once.tokens);
  await using plain = await engineModel("npm");
  const { tokens } = await longAnswer(plain, 1200);
  assert.deepEqual(once.tokens.slice(0, 1200), tokens);
});

Deno.test("StepDecoder makes room behind a cache in 8 bits", async () => {
  await using model = await engineModel("c", "fast");
  const once = await longAnswer(model, 1200);
  const often = await longAnswer(model, 1200, 2);
  assert(once.steps);
  assert.deepEqual(often.tokens, once.tokens);
});

Deno.test("LateDecoder goes over to steps in a long answer, where another session was open", async () => {
  await using plain = await engineModel("npm");
  await using late = await engineModel("c");
  const tail = ids.slice(40);
  for (const model of [plain, late]) {
    const [prefilled] = await model.prefill([{ ids: ids.slice(0, 40) }]);
    const { cache } = prefilled!;
    await model.requery([{ cache, position: 40 }], tail);
  }
  const from = async (model: OnnxModel) => {
    const [prefilled] = await model.prefill([{ ids: ids.slice(0, 40) }]);
    const { cache } = prefilled!;
    await using decoder = await model.decode(cache, 40);
    const tokens: number[] = [];
    const logits: Float32Array[] = [];
    let next = tail;
    let begun = -1;
    while (tokens.length < STEPS_AFTER + 12) {
      if (begun < 0 && decoder.greedy) begun = tokens.length;
      const row = await decoder.step(next);
      logits.push(row);
      tokens.push(row.reduce((at, v, i) => v > row[at]! ? i : at, 0));
      next = Int32Array.of(tokens.at(-1)!);
    }
    return { decoder, tokens, logits, begun };
  };
  const expected = await from(plain);
  const found = await from(late);
  assert(expected.decoder instanceof CacheDecoder);
  assert(found.decoder instanceof LateDecoder);
  assert(found.begun === STEPS_AFTER + 2, `${found.begun}`);
  assert.deepEqual(found.tokens, expected.tokens);
  for (const [i, row] of found.logits.entries()) {
    assert(maxDiff(row, expected.logits[i]!) < 1e-4);
  }
  assert((await from(late)).decoder instanceof StepDecoder);
});
