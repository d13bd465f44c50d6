import assert from "node:assert/strict";
import { CacheDecoder } from "../../../kernels/decode/cache_decoder.ts";
import type { DrawRule } from "../../../kernels/family/draw_token.ts";
import { LateDecoder } from "../../../kernels/decode/late_decoder.ts";
import { OnnxModel } from "../../../kernels/model/onnx_model.ts";
import { noise } from "../../../kernels/model/random_model.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { StepDecoder } from "../../../kernels/decode/step_decoder.ts";
import { STEPS_AFTER } from "../../../kernels/family/step_graph.ts";
import { PointsAhead } from "../../../stages/points_ahead.ts";
import { sample, SamplerOptions } from "../../../stages/sampler.ts";
import { seededRandom } from "../../../stages/seeded_random.ts";
import { engineModel } from "../engine_model.ts";

const ids = Int32Array.from(noise(400, 5, 64), (v) => Math.floor(v + 64));

const rules: readonly (Partial<DrawRule> & { temperature: number })[] = [
  { temperature: 1 },
  { temperature: 0.4 },
  { temperature: 2, topK: 12 },
  { temperature: 1.5, topP: 0.8 },
  { temperature: 1.5, minP: 0.2 },
  { temperature: 1.2, topK: 60, topP: 0.95, minP: 0.01 },
];

/** What is decoded, and by whom. */
interface Drawn {
  readonly decoder: unknown;
  readonly tokens: number[];
}

/**
 * Tokens drawn over a cache of so many entries: in bursts of these sizes where the model can, else one by one; a burst of
 * 0 is one token from its logits.
 */
async function drawn(
  model: OnnxModel,
  rule: Partial<DrawRule>,
  bursts: readonly number[],
  { seed = 7, entries = 40 } = {},
): Promise<Drawn> {
  const options = SamplerOptions.parse(rule);
  const points = new PointsAhead(seededRandom(seed));
  const next = () => points.next();
  const [prefilled] = await model.prefill([{ ids: ids.slice(0, entries) }]);
  const { cache } = prefilled!;
  await using decoder = await model.decode(
    cache,
    entries,
    undefined,
    "sampled",
  );
  const question = ids.slice(entries, entries + 20);
  const tokens = [sample(await decoder.step(question), options, next)];
  for (const burst of bursts) {
    const last = tokens.at(-1)!;
    if (decoder.sampled && burst > 0) {
      const draws = { ...options, points: points.ahead(burst) };
      tokens.push(...await decoder.sampled(last, draws));
      for (let i = 0; i < burst; i++) next();
      continue;
    }
    for (let i = 0; i < Math.max(burst, 1); i++) {
      const rows = Int32Array.of(tokens.at(-1)!);
      tokens.push(sample(await decoder.step(rows), options, next));
    }
  }
  return { decoder, tokens };
}

Deno.test("StepDecoder.sampled() draws what one token a call draws, for every rule and seed", async () => {
  await using plain = await engineModel("npm");
  await using device = await engineModel("c");
  for (const [i, rule] of rules.entries()) {
    for (const seed of [i, i + 100]) {
      const expected = await drawn(plain, rule, [1, 5, 30, 2], { seed });
      const steps = await drawn(device, rule, [1, 5, 30, 2], { seed });
      assert(expected.decoder instanceof CacheDecoder);
      assert(steps.decoder instanceof StepDecoder);
      assert(!steps.decoder.greedy);
      assert(new Set(steps.tokens).size > 4);
      assert.deepEqual(steps.tokens, expected.tokens, JSON.stringify(rule));
    }
  }
});

Deno.test("StepDecoder.sampled() draws every token at its own point", async () => {
  await using device = await engineModel("c");
  const options = SamplerOptions.parse({ temperature: 1 });
  const [prefilled] = await device.prefill([{ ids: ids.slice(0, 40) }]);
  const { cache } = prefilled!;
  /** Tokens drawn at points, behind a token that is given. */
  const from = async (...points: readonly number[]) => {
    await using decoder = await device.decode(
      cache,
      40,
      undefined,
      "sampled",
    );
    await decoder.step(ids.slice(40, 60));
    const draws = { ...options, points: Float64Array.from(points) };
    return [...await decoder.sampled!(77, draws)];
  };
  const low = await from(0.1, 0.1, 0.1);
  assert.deepEqual(await from(0.1, 0.1, 0.1), low);
  const last = await from(0.1, 0.1, 0.9);
  assert.deepEqual(last.slice(0, 2), low.slice(0, 2));
  assert.notEqual(last[2], low[2]);
  const middle = await from(0.1, 0.9, 0.1);
  assert.equal(middle[0], low[0]);
  assert.notEqual(middle[1], low[1]);
  assert.notEqual((await from(0.9, 0.1, 0.1))[0], low[0]);
});

Deno.test("StepDecoder.sampled() goes on where it was asked to, though a device stepped further", async () => {
  await using plain = await engineModel("npm");
  await using device = await engineModel("c");
  const expected = await drawn(plain, rules[0]!, [3, 4, 5]);
  const { send } = SessionWorker.prototype;
  let recorded = 0;
  SessionWorker.prototype.send = function (request, ...rest) {
    if (request.kind !== "run" || request.replay === undefined) {
      return send.call(this, request, ...rest);
    }
    recorded++;
    const times = (request.times ?? 1) + 2;
    return send.call(this, { ...request, times }, ...rest);
  };
  try {
    const steps = await drawn(device, rules[0]!, [3, 4, 5]);
    assert.equal(recorded, 3);
    assert.deepEqual(steps.tokens, expected.tokens);
  } finally {
    SessionWorker.prototype.send = send;
  }
});

Deno.test("StepDecoder.sampled() goes on behind a token that was chosen from its logits", async () => {
  await using plain = await engineModel("npm");
  await using device = await engineModel("c");
  const bursts = [4, 0, 0, 6, 0, 3];
  const expected = await drawn(plain, rules[1]!, bursts);
  const steps = await drawn(device, rules[1]!, bursts);
  assert.deepEqual(steps.tokens, expected.tokens);
});

for (const [accuracy, numbers] of [["fast", 8], ["half", 16]] as const) {
  Deno.test(`StepDecoder draws over a cache in ${numbers} bits what one token a call draws`, async () => {
    await using device = await engineModel("c", accuracy);
    for (const rule of rules) {
      const single = await drawn(device, rule, new Array(40).fill(0), {
        entries: 300,
      });
      const steps = await drawn(device, rule, [10, 30], { entries: 300 });
      assert(steps.decoder instanceof StepDecoder);
      assert.deepEqual(steps.tokens, single.tokens);
    }
  });
}

Deno.test("StepDecoder.sampled() makes room as an answer grows, and forgets tokens that were read", async () => {
  await using device = await engineModel("c");
  const rule = { temperature: 1, topK: 50 };
  const once = await drawn(device, rule, [1400, 1400, 1400]);
  const often = await drawn(device, rule, new Array(42).fill(100));
  assert.equal(once.tokens.length, 4201);
  assert.deepEqual(often.tokens, once.tokens);
});

Deno.test("OnnxModel answers greedily and by draws in turn, in the same room", async () => {
  await using plain = await engineModel("npm");
  await using device = await engineModel("c");
  const greedily = async (model: OnnxModel) => {
    const [prefilled] = await model.prefill([{ ids: ids.slice(0, 40) }]);
    await using decoder = await model.decode(prefilled!.cache, 40);
    assert(!decoder.sampled);
    const best = (of: Float32Array) =>
      of.reduce((at, v, i) => v > of[at]! ? i : at, 0);
    const tokens = [best(await decoder.step(ids.slice(40, 60)))];
    if (decoder.greedy) return [...await decoder.greedy(tokens[0]!, 9)];
    for (let i = 0; i < 9; i++) {
      tokens.push(best(await decoder.step(Int32Array.of(tokens.at(-1)!))));
    }
    return tokens.slice(1);
  };
  const expected = await greedily(plain);
  const draws = await drawn(plain, rules[0]!, [9]);
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(await greedily(device), expected);
    const { tokens } = await drawn(device, rules[0]!, [9]);
    assert.deepEqual(tokens, draws.tokens);
  }
});

Deno.test("LateDecoder draws by steps in a long answer, where another session was open", async () => {
  await using plain = await engineModel("npm");
  await using late = await engineModel("c");
  const [prefilled] = await late.prefill([{ ids: ids.slice(0, 40) }]);
  const { cache } = prefilled!;
  await late.requery([{ cache, position: 40 }], ids.slice(40, 60));
  const bursts = [...new Array(STEPS_AFTER + 2).fill(1), 20];
  const expected = await drawn(plain, rules[2]!, bursts);
  const found = await drawn(late, rules[2]!, bursts);
  assert(found.decoder instanceof LateDecoder && found.decoder.sampled);
  assert.deepEqual(found.tokens, expected.tokens);
});
