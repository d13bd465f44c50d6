import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom, of } from "rxjs";
import type { z } from "zod";
import { Arena } from "../../../kernels/cache/arena.ts";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import {
  calibrate,
  calibrateMerged,
  calibrateScale,
  calibrateScaleMerged,
  type Correction,
  decode,
  defineCalibrator,
  evictAttention,
  evictAttentionMerged,
  type KvChunk,
  merge,
  type MergedContext,
} from "../../../stages/mod.ts";
import { keepEntries } from "../../../stages/cache/keep_entries.ts";
import {
  headEntries,
  meanEntries,
  newCache,
} from "../../../stages/cache/new_cache.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "../fake_case.ts";
import { naiveAttention } from "../fake_transformer.ts";
import { collect } from "../stage_context.ts";

type AnyCalibrator = typeof calibrate;

const run = (
  stage: AnyCalibrator,
  test: FakeCase,
  chunks: readonly KvChunk[],
  options: z.input<AnyCalibrator["options"]> = {},
) => {
  const inputs = { chunks: from(chunks), model: held(test.model) };
  return collect(runStage(stage, inputs, options, test.ctx).chunks);
};

/** A calibrator that does the same to every layer. */
const always = (give: (indices: Int32Array) => Uint8Array | Correction) =>
  defineCalibrator<AnyCalibrator["options"]>({
    name: "my.rule",
    options: calibrate.options,
    rows: () => [1],
    correct: ({ indices }) => give(indices),
  });

const biasOf = ({ cache }: Pick<KvChunk, "cache">, l = 0) => [
  ...cache.layers[l]!.bias ?? [],
];

const used = ({ ctx }: FakeCase) => ctx.budget.total - ctx.budget.free;

async function mergedOf(test: FakeCase, chunks: readonly KvChunk[]) {
  const inputs = { chunks: from(chunks) };
  return await lastValueFrom(
    runStage(merge, { ...inputs, model: EMPTY }, {}, test.ctx).context,
  );
}

/** Entries of every chunk a head, counted one by one. */
function counted({ cache }: MergedContext): Map<number, number> {
  const totals = new Map<number, number>();
  for (const layer of cache.layers) {
    for (let h = 0; h < cache.kvHeads; h++) {
      for (let e = 0; e < headEntries(layer, h); e++) {
        const chunk = layer.chunks![h * layer.entries + e]!;
        totals.set(chunk, (totals.get(chunk) ?? 0) + 1);
      }
    }
  }
  const heads = cache.layers.length * cache.kvHeads;
  return new Map([...totals].map(([chunk, total]) => [chunk, total / heads]));
}

Deno.test("a calibrator's bias goes with the entries: the same memory, then through evict, merge and decode", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const before = used(test);
  const bias = (indices: Int32Array) =>
    Float32Array.from(indices, (i) => 0 - i / 100);
  const biased = await run(always((i) => ({ bias: bias(i) })), test, asked);
  assert.equal(used(test), before);
  for (const [i, chunk] of biased.entries()) {
    assert.equal(
      chunk.cache.layers[0]!.keys,
      asked[i]!.cache.layers[0]!.keys,
    );
    assert.deepEqual(
      biasOf(chunk),
      [...bias(chunk.cache.layers[0]!.positions)],
    );
  }
  const evicted = await collect(
    runStage(
      evictAttention,
      {
        chunks: from(biased),
        model: held(test.model),
        allocator: of(),
      },
      { keep: { entries: 30 } },
      test.ctx,
    ).chunks,
  );
  const context = await mergedOf(test, evicted);
  for (const { bias: found, positions } of context.cache.layers) {
    assert.deepEqual([...found!], [...bias(positions)]);
  }
  const { decode: opened } = test.model;
  let seen: KvCache | undefined;
  test.model.decode = (cache, ...rest) => {
    seen = cache;
    return opened.call(test.model, cache, ...rest);
  };
  await lastValueFrom(
    runStage(
      decode,
      {
        context: of(context),
        prompt: of(test.prompt),
        model: held(test.model),
      },
      { maxTokens: 1 },
      test.ctx,
    ).answer,
  );
  assert(seen!.layers.every((layer) => layer.bias));
  assert.equal(test.ctx.budget.free, test.ctx.budget.total);
});

Deno.test("keepEntries() of a source with a bias and one without: the other's entries have none", () => {
  const arena = new Arena();
  const counts = [Int32Array.of(3)];
  const shape = { kvHeads: 1, headDim: 2, counts };
  const plain = newCache(arena, shape);
  const biased = newCache(arena, { ...shape, biased: true });
  biased.layers[0]!.bias!.set([-1, -2, -3]);
  const used = new Arena();
  const buffer = used.allocate(1000);
  new Float32Array(buffer).fill(7);
  used.release(buffer);
  const keep = [Uint8Array.of(1, 0, 1)];
  const both = keepEntries(used, [
    { cache: plain, keep },
    { cache: biased, keep },
  ]);
  assert.deepEqual([...both.layers[0]!.bias!], [0, 0, -1, -3]);
});

Deno.test("a bias of log f and a factor of f are the same; two calibrators add up; 0 and 1 change nothing", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const f = (i: number) => 0.1 + (i % 7) / 10;
  const unowned = () => ({ ...chunk!, retain() {}, release() {} });
  const factor = always((i) => ({ factor: Float32Array.from(i, f) }));
  const bias = always((i) => ({
    bias: Float32Array.from(i, (at) => Math.log(f(at))),
  }));
  const [one] = await run(factor, test, [unowned()]);
  const [other] = await run(bias, test, [unowned()]);
  for (const [at, b] of biasOf(one!, 1).entries()) {
    assert(Math.abs(b - biasOf(other!, 1)[at]!) < 1e-6);
  }
  const [twice] = await run(factor, test, [one!]);
  for (const [at, b] of biasOf(twice!).entries()) {
    assert(Math.abs(b - 2 * biasOf(other!)[at]!) < 1e-5);
  }
  for (const value of [0, 1]) {
    const fill = (i: Int32Array) => new Float32Array(i.length).fill(value);
    const rule = always((i) => value ? { factor: fill(i) } : { bias: fill(i) });
    const again = unowned();
    assert.equal((await run(rule, test, [again]))[0], again);
  }
});

Deno.test("a bias changes attention and requery by what softmax makes of it; a mask and a bias act together", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const both = always((indices) => ({
    keep: Uint8Array.from(indices, (i) => i % 3 ? 1 : 0),
    factor: Float32Array.from(indices, (i) => i % 2 ? 0.5 : 1),
  }));
  const plain = { ...chunk!, retain() {}, release() {} };
  const [left] = await run(both, test, [plain]);
  const weights = new Float32Array(test.prompt.tail.length); // [rows]
  weights[weights.length - 1] = 1;
  const whole = naiveAttention(chunk!.cache, chunk!.question!, weights, 4)[0]!;
  const mass = naiveAttention(left!.cache, chunk!.question!, weights, 4)[0]!;
  const n = chunk!.entriesBefore;
  const { entries, positions } = left!.cache.layers[0]!;
  assert.deepEqual(
    [...positions.subarray(0, entries)],
    [...Array(n).keys()].filter((i) => i === 0 || i % 3),
  );
  // Of head 0: ratios of softmax are ratios of weights.
  const at = (i: number) => positions.subarray(0, entries).indexOf(i);
  for (const [i, j] of [[1, 2], [5, 10], [0, 7]] as const) {
    const f = (k: number) => k % 2 ? 0.5 : 1;
    const expected = whole[i]! * f(i) / (whole[j]! * f(j));
    assert(Math.abs(mass[at(i)]! / mass[at(j)]! / expected - 1) < 1e-4);
  }
  const item = { cache: left!.cache, position: n };
  const [asked] = await test.model.requery([item], test.prompt.tail);
  assert.notDeepEqual(
    asked!.logProbs.slice(1),
    chunk!.question!.logProbs.slice(1),
  );
});

Deno.test("what is wrong with a correction is said", async () => {
  const test = await fakeCase();
  const wrong = async (give: (indices: Int32Array) => Correction) => {
    const chunks = (await askedChunks(test)).slice(0, 1);
    return await run(always(give), test, chunks);
  };
  await assert.rejects(wrong(() => ({ bias: new Float32Array(2) })), {
    name: "TypeError",
    message: /A bias must have 2 x \d+ values, got 2/,
  });
  await assert.rejects(wrong((i) => ({ factor: new Float32Array(i.length) })), {
    name: "RangeError",
    message:
      /a factor above 0, got 0 and 0 for KV head 0, entry 0; drop an entry by the keep mask/,
  });
  await assert.rejects(
    wrong((i) => ({ bias: new Float32Array(i.length).fill(NaN) })),
    /A bias must be finite .* got NaN and 1/,
  );
});

Deno.test("calibrate.scale weighs what calibrate would drop by lambda over its attention, in the chunk and merged", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const rules = [{ zone: "all" as const, lambda: 0.03, rows: 4 }];
  const unowned = () => asked.map((c) => ({ ...c, retain() {}, release() {} }));
  const dropped = await run(calibrate, test, unowned(), { rules });
  const scaled = await run(calibrateScale, test, unowned(), { rules });
  const rows = test.prompt.tail.length;
  const weights = Float32Array.from(
    { length: rows },
    (_, r) => r < rows - 4 ? 0 : 1 / 4,
  ); // [rows]
  let found = 0;
  for (const [i, chunk] of scaled.entries()) {
    const { cache, question, entriesBefore: n } = asked[i]!;
    const mass = naiveAttention(cache, question!, weights, 4);
    for (const [l, layer] of chunk.cache.layers.entries()) {
      for (const h of [0, 1]) {
        const gone = dropped[i]!.cache.layers[l]!;
        const kept = gone.positions.subarray(
          h * gone.entries,
          h * gone.entries + headEntries(gone, h),
        );
        for (let e = 0; e < n; e++) {
          const a =
            (mass[l]![2 * h * n + e]! + mass[l]![(2 * h + 1) * n + e]!) /
            2;
          const expected = kept.includes(e) ? 0 : Math.log(0.03 / a);
          assert(Math.abs((layer.bias?.[h * n + e] ?? 0) - expected) < 1e-5);
          if (expected < 0) found++;
        }
      }
    }
    assert.equal(meanEntries(chunk.cache), n);
  }
  assert(found > 5);
  const context = await mergedOf(test, unowned());
  const merged = await lastValueFrom(
    runStage(
      calibrateScaleMerged,
      {
        context: of(context),
        prompt: of(test.prompt),
        model: held(test.model),
      },
      { rules: [{ ...rules[0]!, lambda: 0.01 }] },
      test.ctx,
    ).context,
  );
  assert(merged.cache.layers.some(({ bias }) => bias?.some((b) => b < 0)));
  assert.equal(merged.kept, context.kept);
  merged.release();
});

Deno.test("calibrate says the bytes that were leased before and are now; merged stages say them and what is left of every chunk", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const before = asked.map((chunk) => chunk.cache.bytes);
  assert.equal(used(test), before.reduce((a, b) => a + b));
  const rules = [{ zone: "all" as const, lambda: 0.03, rows: 4 }];
  const calibrated = await run(calibrate, test, asked, { rules });
  const said = test.ctx.events.filter((e) =>
    e.type === "chunk" && e.action === "calibrated"
  ) as { chunk: number; bytes: number; bytesBefore: number }[];
  assert(said.length > 1);
  for (const { chunk, bytes, bytesBefore } of said) {
    assert.equal(bytesBefore, before[chunk]);
    assert.equal(bytes, calibrated[chunk]!.cache.bytes);
    assert(bytes <= bytesBefore);
  }
  assert.equal(
    used(test),
    calibrated.reduce((sum, { cache }) => sum + cache.bytes, 0),
  );
  const context = await mergedOf(test, calibrated);
  const inputs = {
    context: of(context),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const metric = (name: string) =>
    test.ctx.events.flatMap((e) =>
      e.type === "metric" && e.name === name ? [e.value] : []
    ).at(-1);
  const wasMerged = used(test);
  const left = await lastValueFrom(
    runStage(calibrateMerged, inputs, {
      rules: [{ zone: "all", lambda: 0.002 }],
    }, test.ctx).context,
  );
  assert.deepEqual(
    [metric("kvBytesBefore"), metric("kvBytes")],
    [wasMerged, used(test)],
  );
  assert.deepEqual(
    left.kept.map(({ chunk, entries }) => [chunk, entries]),
    [...counted(left)].sort(([a], [b]) => a - b),
  );
  assert.notDeepEqual(left.kept, context.kept);
  const evicted = await lastValueFrom(
    runStage(
      evictAttentionMerged,
      {
        ...inputs,
        context: of(left),
        allocator: of(),
      },
      { keep: { share: 0.25 } },
      test.ctx,
    ).context,
  );
  const entries = evicted.kept.map((kept) => kept.entries);
  assert.deepEqual(
    entries,
    evicted.kept.map(({ chunk }) => counted(evicted).get(chunk) ?? 0),
  );
  assert(
    Math.abs(
      entries.reduce((a, b) => a + b) - meanEntries(evicted.cache),
    ) < 1e-9,
  );
  evicted.release();
  assert.equal(test.ctx.budget.free, test.ctx.budget.total);
});

Deno.test("an answer over biased chunks is another one, and frees everything", async () => {
  const test = await fakeCase();
  const plain = await answerOver(test, await askedChunks(test));
  const heavy = always((indices) => ({
    bias: Float32Array.from(indices, (i) => i % 2 ? -6 : 0),
  }));
  const biased = await run(heavy, test, await askedChunks(test));
  const answer = await answerOver(test, biased);
  assert.notEqual(answer.answer, plain.answer);
  assert.equal(test.ctx.budget.free, test.ctx.budget.total);
});
