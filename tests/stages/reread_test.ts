import assert from "node:assert/strict";
import fc from "fast-check";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../kernels/random_model.ts";
import { slidingConfig } from "../kernels/sliding_config.ts";
import { fakeCase } from "./fake_case.ts";
import { unevenCase } from "./fused_case.ts";
import {
  keptOf,
  logitsOver,
  mergedOf,
  readAgain,
  type RereadCase,
} from "./reread_case.ts";
import { layersOf } from "./resident_case.ts";
import { testContext } from "./stage_context.ts";

/** Chunks of random ids with one lead, and a question of nine tokens. */
function randomCase(
  model: RereadCase["model"],
  lengths: readonly number[],
  lead = 2,
): RereadCase {
  const { chunks: [first], prompt } = unevenCase(model);
  const ids = randomIds(lead, 7);
  const chunks = lengths.map((length, index) => ({
    ...first!,
    index,
    count: lengths.length,
    lead: ids,
    tokens: randomIds(length, 20 + index),
  }));
  return {
    model,
    chunks,
    prompt: { ...prompt, lead: ids },
    ctx: testContext(),
  };
}

const textOf = ({ prompt, chunks }: RereadCase) =>
  Int32Array.from([
    ...prompt.lead,
    ...chunks.flatMap(({ tokens }) => [...tokens]),
  ]);

for (
  const [what, options] of Object.entries({
    "of full heads": {},
    "that stays where it was computed": { resident: true },
    "with layers that hold the newest entries": { config: slidingConfig },
  })
) {
  Deno.test(`reread of a context from which nothing was evicted is the prefill of its text: ${what}`, async () => {
    await using model = await randomModel(options);
    const some = fc.record({
      lead: fc.integer({ min: 1, max: 4 }),
      lengths: fc.array(fc.integer({ min: 1, max: 25 }), {
        minLength: 2,
        maxLength: 4,
      }),
    });
    await fc.assert(
      fc.asyncProperty(some, async ({ lead, lengths }) => {
        const test = randomCase(model, lengths, lead);
        const { ctx, prompt: { tail } } = test;
        const ids = textOf(test);
        const context = await readAgain(test, await mergedOf(test));
        const [whole] = await model.prefill([{ ids }]);
        assert.equal(context.position, ids.length);
        assert.equal(ctx.budget.used, context.cache.bytes);
        const found = await layersOf(context.cache);
        const wanted = await layersOf(whole!.cache);
        for (const [l, { entries, keys, values }] of found.entries()) {
          assert.equal(entries, wanted[l]!.entries);
          assert.equal(maxDiff(keys, wanted[l]!.keys), 0);
          assert.equal(maxDiff(values, wanted[l]!.values), 0);
        }
        assert.deepEqual(
          await logitsOver(model, context.cache, context.position, tail),
          await logitsOver(model, whole!.cache, ids.length, tail),
        );
        whole!.cache.dispose?.();
        context.release();
        assert.equal(ctx.budget.used, 0);
      }),
      { numRuns: 8 },
    );
  });
}

Deno.test("chunks at the document's positions, and such behind an anchor, are read again from the beginning", async () => {
  await using model = await randomModel();
  const plain = randomCase(model, [20, 30, 10]);
  const ids = textOf(plain);
  const [first, ...others] = plain.chunks;
  const placed = plain.chunks.map((chunk, i) => ({ ...chunk, offset: 25 * i }));
  const lead = Int32Array.from([...first!.lead, ...first!.tokens]); // [lead + first block]
  const anchored = [first!, ...others.map((chunk) => ({ ...chunk, lead }))];
  for (const chunks of [placed, anchored]) {
    const test = { ...plain, chunks };
    const { cache, position } = await readAgain(test, await mergedOf(test));
    const [whole] = await model.prefill([{ ids }]);
    assert.equal(position, ids.length);
    for (const [l, { keys }] of cache.layers.entries()) {
      assert.equal(maxDiff(keys, whole!.cache.layers[l]!.keys), 0);
    }
  }
});

Deno.test("RoPE's factors go by what is read again and the question behind it", async () => {
  const half = smallConfig.ropeDim / 2;
  const ropeScaling = {
    type: "longrope",
    short: new Float32Array(half).fill(1), // [ropeDim / 2]
    long: new Float32Array(half).fill(4), // [ropeDim / 2]
    originalWindow: 64,
    attentionFactor: 1,
  } as const;
  const config = { ...smallConfig, ropeScaling };
  await using model = await randomModel({ config });
  for (const [last, factors] of [[22, "short"], [23, "long"]] as const) {
    const test = randomCase(model, [31, last]); // behind a lead of 2, before a question of 9
    const context = await mergedOf(test);
    assert.equal(context.cache.ropeFactors, "short");
    const { cache } = await readAgain(test, context);
    assert.equal(cache.ropeFactors, factors);
  }
});

Deno.test("chunks and places of what was read again lead back to the ids that were prefilled", async () => {
  const test = await fakeCase({ model: { chat: true } });
  const { prompt, chunks, ctx, model } = test;
  const lead = prompt.lead.length;
  assert(lead > 1);
  const uneven = await keptOf(
    await mergedOf(test),
    ({ chunk, position, head, layer }) =>
      position < lead ||
      (position * 7 + chunk * 3 + head + layer) % (5 + head) < 1,
    ctx,
  );
  assert(uneven.cache.layers.some((layer) => layer.counts), "heads are ragged");
  const context = await readAgain(test, uneven);
  const [[{ ids } = { ids: Int32Array.of() }] = []] = model.batches.slice(-1);
  assert.deepEqual(ids.slice(0, lead), prompt.lead);
  assert.equal(context.position, ids.length);
  for (const { entries, chunks: from, positions } of context.cache.layers) {
    assert.equal(entries, ids.length);
    for (const [at, position] of positions.entries()) {
      if (position < lead) continue;
      const place = context.places![position]! - lead;
      assert.equal(chunks[from![at]!]!.tokens[place], ids[position]);
    }
  }
  const order = Array.from(
    ids.subarray(lead),
    (_, i) =>
      context.cache.layers[0]!.chunks![lead + i]! * 1000 +
      context.places![lead + i]!,
  );
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.equal(new Set(order).size, order.length);
});

Deno.test("a question before every chunk stands before what is read again, once", async () => {
  const test = await fakeCase({
    prompt: { questionFirst: true },
    model: { config: { window: 200 } },
  });
  const first = await keptOf(
    await mergedOf(test),
    ({ position }) => position < test.prompt.lead.length + 10,
    test.ctx,
  );
  await readAgain(test, first);
  const [{ ids } = { ids: [] }] = test.model.batches.at(-1)!;
  assert.deepEqual([...ids], [
    ...test.prompt.lead,
    ...test.chunks.flatMap(({ tokens }) => [...tokens.slice(0, 10)]),
  ]);
});

Deno.test("repeated chunks are read again as often as they are held", async () => {
  const text =
    "the same line again and again, sixty four letters of it, thus.\n";
  const test = await fakeCase({ text: text.repeat(6) });
  const { chunks, ctx, model, prompt } = test;
  const context = await readAgain(
    test,
    await keptOf(
      await mergedOf(test),
      ({ position }) => position < 9,
      ctx,
    ),
  );
  const tokens = chunks.flatMap(({ tokens }) => [...tokens.slice(0, 8)]);
  assert.deepEqual([...model.batches.at(-1)![0]!.ids], [
    ...prompt.lead,
    ...tokens,
  ]);
  assert.deepEqual(
    context.kept.map(({ chunk, entries }) => [chunk, entries]),
    chunks.map(({ index }) => [index, index === 0 ? 9 : 8]),
  );
});

Deno.test("a chunk without entries is kept no longer, and the lead counts to the first that is", async () => {
  const test = await fakeCase();
  const context = await keptOf(
    await mergedOf(test),
    ({ chunk, position }) =>
      position === 0 || (chunk % 2 === 1 && position < 5),
    test.ctx,
  );
  assert.deepEqual(context.kept.map(({ chunk }) => chunk), [0, 1, 3]);
  const { kept, cache, places, chunks } = await readAgain(test, context);
  assert.deepEqual(kept.map(({ chunk, entries }) => [chunk, entries]), [
    [1, 5],
    [3, 4],
  ]);
  assert.deepEqual([...cache.layers[1]!.chunks!.subarray(0, 9)], [
    ...[1, 1, 1, 1, 1],
    ...[3, 3, 3, 3],
  ]);
  assert.deepEqual([...places!], [0, 1, 2, 3, 4, 1, 2, 3, 4]);
  assert.equal(chunks, test.chunks.length);
});

Deno.test("what was read again is read a second time by its tokens, as often as it is evicted", async () => {
  const test = await fakeCase({ model: { chat: true } });
  const { prompt, chunks, ctx, model } = test;
  const lead = prompt.lead.length;
  const first = await readAgain(
    test,
    await keptOf(
      await mergedOf(test),
      ({ chunk, position }) =>
        position < lead || (chunk + position) % 3 === 0 && chunk !== 2,
      ctx,
    ),
  );
  const [{ ids: read }] = model.batches.at(-1)! as [{ ids: Int32Array }];
  const second = await readAgain(
    test,
    await keptOf(first, ({ position }) => position % 4 !== 1, ctx),
  );
  const [{ ids }] = model.batches.at(-1)! as [{ ids: Int32Array }];
  const text = read.filter((_, position) =>
    position < lead || position % 4 !== 1
  );
  assert.deepEqual(ids, text);
  assert.equal(second.position, ids.length);
  const { chunks: from } = second.cache.layers[0]!;
  for (let position = lead; position < ids.length; position++) {
    const place = second.places![position]! - lead;
    assert.equal(chunks[from![position]!]!.tokens[place], ids[position]);
  }
  assert.equal(ctx.budget.used, second.cache.bytes);
  second.release();
  assert.deepEqual([ctx.budget.used, model.live], [0, 0]);
});

Deno.test("tokens that are read again count less the further their chunk's score lies behind the best of those that are left", async () => {
  const test = await fakeCase();
  const { ctx, prompt: { lead } } = test;
  const scores = [3, 0.5, 2, 1]; // low ones are good
  const left = await keptOf(
    await mergedOf(test, scores),
    ({ chunk, position }) => chunk !== 1 && position < lead.length + 6,
    ctx,
  );
  const first = await readAgain(test, left, 0, 2);
  const best = await keptOf(first, ({ position }) => position % 5 !== 4, ctx);
  for (const context of [first, await readAgain(test, best, 0, 0.5)]) {
    const nats = context === first ? 2 : 0.5; // of this reading alone
    for (const { bias, chunks, positions } of context.cache.layers) {
      for (const [at, chunk] of chunks!.entries()) {
        const behind = positions[at]! < lead.length ? 0 : scores[chunk]! - 1;
        assert.equal(bias![at]! + nats * behind, 0);
      }
    }
  }
});

Deno.test("a context of one chunk, and one with less than a token a head, is handed on as it is", async () => {
  const test = await fakeCase();
  const { ctx, chunks } = test;
  const one = await mergedOf({ ...test, chunks: chunks.slice(1, 2) });
  const sparse = await keptOf(
    await mergedOf(test),
    ({ chunk, position, head, layer }) =>
      position === 0 || (chunk === 1 && position === 3 && head + layer === 0),
    ctx,
  );
  assert.deepEqual(sparse.kept.map(({ chunk }) => chunk), [0, 1]);
  const before = test.model.batches.length;
  assert.equal(await readAgain(test, one), one);
  assert.equal(await readAgain(test, sparse), sparse);
  assert.equal(test.model.batches.length, before);
  one.release();
  sparse.release();
  assert.equal(ctx.budget.used, 0);
});

Deno.test("tokens that do not fit are left out, the worst chunks' first, with one warning that counts them", async () => {
  const test = await fakeCase();
  const { ctx, chunks, prompt, model } = test;
  const merged = await mergedOf(test, [3, 1, 2, 4]);
  await readAgain(test, merged, 8);
  const [{ ids } = { ids: Int32Array.of() }] = model.batches.at(-1)!;
  assert.equal(ids.length + prompt.tail.length + 8, model.config.window);
  const room = ids.length - prompt.lead.length;
  const best = chunks[1]!.tokens;
  assert(best.length < room && room < 2 * best.length);
  assert.deepEqual([...ids], [
    ...prompt.lead,
    ...best,
    ...chunks[2]!.tokens.slice(0, room - best.length),
  ]);
  const all = chunks.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const warnings = ctx.events.filter(({ type }) => type === "warning");
  assert.deepEqual(warnings, [{
    type: "warning",
    message: `Of ${all} tokens that were kept, ${
      all - room
    } are not read again: with question and answer they do not fit the model's window of 160; allow a shorter answer, or keep fewer before 'reread' (total: ${ids.length}, --set rereadTokens=${ids.length})`,
  }]);
  const metric = ctx.events.find(({ type }) => type === "metric");
  assert.deepEqual(metric, {
    type: "metric",
    name: "rereadTokens",
    value: room,
    unit: "tokens",
  });
});

Deno.test("reread refuses an answer for which the window has no room", async () => {
  const test = await fakeCase();
  await assert.rejects(
    async () => readAgain(test, await mergedOf(test), 200),
    {
      name: "RangeError",
      message:
        /^No room for a chunk: of a window of 160 tokens, .* answer 200 leave 0, at least 64 are needed;/,
    },
  );
  assert.deepEqual([test.ctx.budget.used, test.model.live], [0, 0]);
});
