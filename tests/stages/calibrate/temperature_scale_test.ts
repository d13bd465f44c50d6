import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom, of } from "rxjs";
import type { z } from "zod";
import {
  calibrateTemperatureScale,
  decode,
  type DecodeOptions,
  evictAttentionMerged,
  merge,
  type MergedContext,
} from "../../../stages/mod.ts";
import {
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "../fake_case.ts";
import { naiveAttention } from "../fake_transformer.ts";

async function mergedOf(test: FakeCase): Promise<MergedContext> {
  const chunks = from(await askedChunks(test));
  return await lastValueFrom(
    runStage(merge, { chunks, model: EMPTY }, {}, test.ctx).context,
  );
}

const tempered = (
  test: FakeCase,
  context: MergedContext,
  options: z.input<typeof calibrateTemperatureScale.options>,
) =>
  lastValueFrom(
    runStage(
      calibrateTemperatureScale,
      {
        context: of(context),
        prompt: of(test.prompt),
      },
      options,
      test.ctx,
    ).context,
  );

const answer = (
  test: FakeCase,
  context: MergedContext,
  options: z.input<typeof DecodeOptions> = {},
) =>
  lastValueFrom(
    runStage(
      decode,
      {
        context: of(context),
        prompt: of(test.prompt),
        model: held(test.model),
      },
      { maxTokens: 12, minTokens: 12, ...options },
      test.ctx,
    ).answer,
  );

Deno.test("calibrate.temperature-scale at 1 and 1 is the context itself", async () => {
  const test = await fakeCase();
  const context = await mergedOf(test);
  assert.equal(await tempered(test, context, {}), context);
  context.release();
});

Deno.test("calibrate.temperature-scale: attention is that of scores over T whose log-sum-exp is S · T times as large; the lead stays", async () => {
  const test = await fakeCase();
  const context = await mergedOf(test);
  const lead = test.prompt.lead.length;
  assert(lead > 0);
  const [temperature, scale] = [0.7, 0.8];
  const cooled = await tempered(test, context, { temperature, scale });
  const [question] = await test.model.requery([context], test.prompt.tail);
  const rows = test.prompt.tail.length;
  const weights = new Float32Array(rows); // [rows]
  weights[rows - 1] = 1;
  const plain = naiveAttention(context.cache, question!, weights, 4)[1]!;
  const found = (await test.model.attention(
    cooled.cache,
    question!,
    weights,
  ))[1]!;
  const { entries, positions } = context.cache.layers[1]!;
  for (let head = 0; head < 4; head++) {
    const g = Math.floor(head / 2);
    const p = [...plain.subarray(head * entries, (head + 1) * entries)];
    const tail = 1 - p.reduce((a, b) => a + b, 0);
    const inside = (e: number) => positions[g * entries + e]! >= lead;
    // Softmax knows scores up to one number: it is found from the first entry's own score.
    const q = question!.queries[1]!.subarray((head * rows + rows - 1) * 8);
    const k = context.cache.layers[1]!.keys.subarray(g * entries * 8);
    let first = 0;
    for (let d = 0; d < 8; d++) first += q[d]! * k[d]! / Math.sqrt(8);
    const score = (e: number) => first + Math.log(p[e]! / p[0]!);
    const z = Math.log(Math.exp(first) / p[0]!);
    const sharp = p.map((_, e) =>
      inside(e) ? Math.exp(score(e) / temperature) : 0
    );
    const sum = sharp.reduce((a, b) => a + b, 0);
    const weight = Math.exp(scale * temperature * Math.log(sum));
    const others = p.map((x, e) => inside(e) ? 0 : x * Math.exp(z));
    const total = weight + others.reduce((a, b) => a + b, 0) +
      tail * Math.exp(z);
    for (let e = 0; e < entries; e++) {
      const expected = inside(e)
        ? sharp[e]! / sum * weight / total
        : others[e]! / total;
      assert(
        Math.abs(found[head * entries + e]! - expected) < 1e-4,
        `${head} ${e}`,
      );
    }
  }
  cooled.release();
});

Deno.test("calibrate.temperature-scale reaches decoding, and eviction of the merged cache keeps it", async () => {
  const test = await fakeCase();
  const used = () => test.ctx.budget.total - test.ctx.budget.free;
  const plain = await answer(test, await mergedOf(test));
  const context = await mergedOf(test);
  const before = used();
  const cooled = await tempered(test, context, {
    temperature: 0.4,
    scale: 0.5,
  });
  assert.equal(used(), before);
  const evicted = await lastValueFrom(
    runStage(
      evictAttentionMerged,
      {
        context: of(cooled),
        prompt: of(test.prompt),
        model: held(test.model),
        allocator: of(),
      },
      { keep: { share: 0.9 } },
      test.ctx,
    ).context,
  );
  assert.deepEqual(evicted.cache.tempering, {
    temperature: 0.4,
    scale: 0.5,
    from: test.prompt.lead.length,
  });
  assert(used() < before);
  const other = await answer(test, evicted);
  assert.notEqual(other.answer, plain.answer);
  assert.equal(used(), 0);
});
