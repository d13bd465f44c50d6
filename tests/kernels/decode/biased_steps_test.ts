import assert from "node:assert/strict";
import { CacheDecoder } from "../../../kernels/decode/cache_decoder.ts";
import { StepDecoder } from "../../../kernels/decode/step_decoder.ts";
import { MASKED } from "../../../kernels/attention/tail_bias.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { PointsAhead } from "../../../stages/points_ahead.ts";
import { sample, SamplerOptions } from "../../../stages/sampler.ts";
import { seededRandom } from "../../../stages/seeded_random.ts";
import { biasedAnswer, biases, withBias } from "../../biased_answers.ts";
import { engineModel } from "../engine_model.ts";
import { maxDiff, smallConfig } from "../random_model.ts";

const furthest = (
  a: readonly Float32Array[],
  b: readonly Float32Array[],
) => Math.max(...a.map((row, i) => maxDiff(row, b[i]!)));

for (
  const [shape, config] of Object.entries({
    "a Llama shape": smallConfig,
    "as many KV heads as heads": { ...smallConfig, kvHeads: 4 },
    "scaled scores, heads that turn in part": {
      ...smallConfig,
      headDim: 32,
      attentionScale: 0.3,
    },
  })
) {
  for (const [kind, bias] of Object.entries(biases)) {
    Deno.test(`StepDecoder sees a bias ${kind} as CacheDecoder does: ${shape}`, async () => {
      await using model = await engineModel("c", "exact", config);
      const given = { entries: 60, bias };
      const steps = await biasedAnswer(model, given);
      const without = await biasedAnswer(model, { entries: 60 });
      const expected = await biasedAnswer(model, { ...given, single: true });
      assert(expected.decoder instanceof CacheDecoder);
      assert(steps.decoder instanceof StepDecoder);
      const apart = furthest(steps.logits, expected.logits);
      assert(apart < 1e-4, `${apart}`);
      assert.deepEqual(steps.tokens, expected.tokens);
      assert(furthest(without.logits, steps.logits) > 0.1);
    });
  }
}

Deno.test("StepDecoder over a cache in 8 bits sees a bias as CacheDecoder does", async () => {
  await using model = await engineModel("c", "fast");
  const given = { entries: 300 };
  const all = [];
  for (const bias of Object.values(biases)) {
    const steps = await biasedAnswer(model, { ...given, bias });
    const single = await biasedAnswer(model, { ...given, bias, bursts: 32 });
    all.push({ bias, steps, single });
  }
  const without = await biasedAnswer(model, given);
  for (const { bias, steps, single } of all) {
    assert(steps.decoder instanceof StepDecoder);
    const expected = await biasedAnswer(model, {
      ...given,
      bias,
      single: true,
    });
    const largest = Math.max(...expected.logits[0]!.map(Math.abs));
    const apart = furthest(steps.logits, expected.logits) / largest;
    const ignored = furthest(without.logits, expected.logits) / largest;
    // What a cache without a bias loses by rounding is as much; the bias itself is exact.
    assert(apart < 0.04 && ignored > 5 * apart, `${apart} ${ignored}`);
    assert.deepEqual(single.tokens, steps.tokens);
    assert.deepEqual(steps.tokens.slice(0, 4), expected.tokens.slice(0, 4));
  }
});

Deno.test("StepDecoder makes room behind a cache with a bias", async () => {
  for (const accuracy of ["exact", "fast"] as const) {
    await using model = await engineModel("c", accuracy);
    const bias = biases["of each entry"]!;
    const given = { entries: 300, bias, tokens: 1200 };
    const once = await biasedAnswer(model, { ...given, bursts: 1 });
    const often = await biasedAnswer(model, { ...given, bursts: 4 });
    assert(once.decoder instanceof StepDecoder);
    assert.deepEqual(often.tokens, once.tokens);
    if (accuracy === "fast") continue;
    const expected = await biasedAnswer(model, { ...given, single: true });
    assert.deepEqual(once.tokens, expected.tokens);
  }
});

Deno.test("StepDecoder in 16 bits sees a bias, where one product gives query, key and value", async () => {
  await using exact = await engineModel("c");
  await using half = await engineModel("c", "half");
  for (const bias of Object.values(biases)) {
    const given = { entries: 60, bias };
    const { logits, tokens } = await biasedAnswer(exact, {
      ...given,
      single: true,
    });
    const rounded = await biasedAnswer(half, given);
    assert(rounded.decoder instanceof StepDecoder);
    assert(furthest(rounded.logits, logits) < 0.05);
    assert.deepEqual(rounded.tokens.slice(0, 3), tokens.slice(0, 3));
  }
});

Deno.test("StepDecoder takes a cache with a bias from where the model computes", async () => {
  await using model = await engineModel("c");
  const bias = biases["of each head"]!;
  const here = await biasedAnswer(model, { entries: 60, bias });
  let joined = 0;
  const there = await biasedAnswer(model, {
    entries: 60,
    bias,
    async move(cache) {
      const runs = cache.layers.flatMap((_, layer) =>
        [0, 1].map((head) => (
          { source: 0, layer, head, from: 0, to: 0, length: 60 }
        ))
      );
      const moved = await cache.place!.join([cache], cache, runs);
      joined += Number(moved.layers[0]!.keys.length === 0);
      return moved;
    },
  });
  assert.equal(joined, 1);
  assert(there.decoder instanceof StepDecoder);
  assert.deepEqual(there.logits, here.logits);
  assert.deepEqual(there.tokens, here.tokens);
});

Deno.test("StepDecoder.sampled() draws over a cache with a bias what one token a call draws", async () => {
  await using model = await engineModel("c");
  const ids = Int32Array.from({ length: 80 }, (_, i) => 2 + i * 37 % 126);
  const [prefilled] = await model.prefill([{ ids: ids.slice(0, 60) }]);
  const cache = withBias(prefilled!.cache, biases["of each chunk"]);
  const rule = SamplerOptions.parse({ temperature: 1.2, topK: 30 });
  const drawn = async (bias: boolean, bursts: boolean) => {
    const points = new PointsAhead(seededRandom(7));
    const from = bias ? cache : prefilled!.cache;
    await using decoder = await model.decode(from, 60, undefined, "sampled");
    assert(decoder instanceof StepDecoder);
    const next = () => points.next();
    const tokens = [sample(await decoder.step(ids.slice(60)), rule, next)];
    if (bursts) {
      const draws = { ...rule, points: points.ahead(32) };
      tokens.push(...await decoder.sampled!(tokens[0]!, draws));
    }
    while (tokens.length < 33) {
      const last = Int32Array.of(tokens.at(-1)!);
      tokens.push(sample(await decoder.step(last), rule, next));
    }
    return tokens;
  };
  const steps = await drawn(true, true);
  assert.deepEqual(steps, await drawn(true, false));
  assert.notDeepEqual(steps, await drawn(false, true));
  assert.deepEqual(steps, await drawn(true, true)); // in its own room again
});

Deno.test("StepDecoder leaves a bias to CacheDecoder that heads cannot hold", async () => {
  const bias = biases["of each chunk"]!;
  await using capped = await engineModel("c", "exact", {
    ...smallConfig,
    scoreCap: 5,
  });
  const given = { entries: 60, bias, tokens: 2 };
  assert((await biasedAnswer(capped, given)).decoder instanceof CacheDecoder);
  const plain = { entries: 60, tokens: 2 };
  await using model = await engineModel("c");
  assert((await biasedAnswer(model, plain)).decoder instanceof StepDecoder);
  const masked: typeof bias = (...of) => bias(...of).with(5, MASKED);
  const { decoder } = await biasedAnswer(model, { ...given, bias: masked });
  assert(decoder instanceof CacheDecoder);
});

Deno.test("StepDecoder decodes a bias of zeros by the steps of none", async () => {
  await using model = await engineModel("c");
  const zeros = (_: number, kvHeads: number, entries: number) =>
    new Float32Array(kvHeads * entries);
  const opens: string[] = [];
  const { send } = SessionWorker.prototype;
  SessionWorker.prototype.send = function (request, ...rest) {
    if (request.kind === "open") opens.push(request.session);
    return send.call(this, request, ...rest);
  };
  try {
    const given = { entries: 60, tokens: 2 };
    await biasedAnswer(model, { ...given, bias: zeros });
    await biasedAnswer(model, given);
    assert.deepEqual(opens, ["prefill", "steps", "room"]);
    await biasedAnswer(model, { ...given, bias: biases["of each chunk"] });
    assert.deepEqual(opens.slice(3), ["steps-biased", "room-biased"]);
  } finally {
    SessionWorker.prototype.send = send;
  }
});
