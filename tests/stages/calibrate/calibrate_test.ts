import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom, of } from "rxjs";
import { parse } from "yaml";
import {
  calibrate,
  calibrateMerged,
  type CalibrateOptions,
  type CalibrationRule,
  defineCalibrator,
  type KvChunk,
  merge,
} from "../../../stages/mod.ts";
import {
  inZone,
  layerRange,
} from "../../../stages/calibrate/calibration_rule.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "../fake_case.ts";
import { logProb, naiveAttention } from "../fake_transformer.ts";
import { chunksThat, collect } from "../stage_context.ts";

type Rule = Partial<CalibrationRule> & Pick<CalibrationRule, "zone">;

const run = (
  test: FakeCase,
  chunks: readonly KvChunk[],
  rules: readonly Rule[],
) =>
  collect(
    runStage(calibrate, { chunks: from(chunks), model: held(test.model) }, {
      rules: [...rules],
    }, test.ctx).chunks,
  );
const unowned = (chunk: KvChunk): KvChunk => ({
  ...chunk,
  retain() {},
  release() {},
});

/** Positions a KV head holds. */
function row(
  { cache }: Pick<KvChunk, "cache">,
  l: number,
  h: number,
): number[] {
  const { entries, counts, positions } = cache.layers[l]!;
  return [
    ...positions.subarray(h * entries, h * entries + (counts?.[h] ?? entries)),
  ];
}

/** Mean attention of the last rows, over rows and the two query heads of a KV group: a_j. */
function mean(
  { cache, question }: Pick<KvChunk, "cache" | "question">,
  rows: number,
  l: number,
  h: number,
): number[] {
  const total = question!.ids.length;
  const weights = Float32Array.from(
    { length: total },
    (_, r) => r >= total - rows ? 1 / rows : 0,
  );
  const mass = naiveAttention(cache, question!, weights, 4)[l]!;
  const n = cache.layers[l]!.entries;
  return Array.from(
    { length: n },
    (_, i) => (mass[2 * h * n + i]! + mass[(2 * h + 1) * n + i]!) / 2,
  );
}

Deno.test("row 25: exactly the zone's entries above lambda go, at most ceil(1/lambda) - 1 a head", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  for (
    const [lambda, rows] of [[0.03, 4], [0.1, 1], [0.2, 1], [0.02, 99]] as const
  ) {
    const calibrated = await run(test, asked.map(unowned), [{
      zone: "all",
      lambda,
      rows,
    }]);
    let dropped = 0;
    for (const [i, chunk] of calibrated.entries()) {
      for (const l of [0, 1]) {
        for (const h of [0, 1]) {
          const a = mean(
            asked[i]!,
            Math.min(rows, test.prompt.tail.length),
            l,
            h,
          );
          const kept = row(chunk, l, h);
          assert.deepEqual(
            kept,
            [...a.keys()].filter((j) => j === 0 || a[j]! <= lambda),
          );
          assert(a.length - kept.length <= Math.ceil(1 / lambda) - 1);
          dropped += a.length - kept.length;
        }
      }
    }
    assert(dropped > 0, `lambda ${lambda} drops something`);
  }
});

Deno.test("row 25: a lambda of 1 or no rules change nothing", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  for (const rules of [[], [{ zone: "all", lambda: 1 }]] as const) {
    assert(
      (await run(test, asked, rules)).every((chunk, i) => chunk === asked[i]),
    );
  }
  assert.deepEqual(chunksThat(test.ctx, "calibrated"), []);
});

Deno.test("row 26: every index is in exactly one zone, sink first", () => {
  for (
    const [length, width] of [[350, 100], [150, 100], [40, 100], [100, 50], [
      350,
      0,
    ]] as const
  ) {
    for (let j = 0; j < length; j++) {
      const zones = (["sink", "recent", "middle"] as const).filter((zone) =>
        inZone(zone, j, length, width)
      );
      assert.equal(zones.length, 1, `index ${j} of ${length}`);
      assert(inZone("all", j, length, width));
    }
  }
  const zone = (j: number) =>
    (["sink", "recent", "middle"] as const).find((z) => inZone(z, j, 350, 100));
  assert.deepEqual([0, 99, 100, 101, 249, 250, 349].map(zone), [
    "sink",
    "sink",
    "middle",
    "middle",
    "middle",
    "recent",
    "recent",
  ]);
  assert(
    inZone("sink", 60, 150, 100) && !inZone("recent", 60, 150, 100),
    "where zones overlap, sink",
  );
});

Deno.test("row 26: a rule drops from its zone only, counted by place in the chunk also after eviction", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const evicted = await run(test, [unowned(chunk!)], [{
    zone: "sink",
    lambda: 0.01,
    width: 12,
  }]);
  const before = chunk!.entriesBefore;
  const both = await run(test, evicted.map(unowned), [{
    zone: "recent",
    lambda: 0.01,
    width: 30,
  }]);
  for (const l of [0, 1]) {
    for (const h of [0, 1]) {
      const first = row(evicted[0]!, l, h);
      const gone = Array.from({ length: before }, (_, i) => i).filter((i) =>
        !first.includes(i)
      );
      assert(gone.every((i) => i < 12));
      const then = first.filter((i) => !row(both[0]!, l, h).includes(i));
      assert(then.every((i) => i >= before - 30));
    }
  }
  assert(row(both[0]!, 0, 0).length < row(evicted[0]!, 0, 0).length);
});

Deno.test("row 27: layerRange() reads indices and depth fractions", () => {
  assert.deepEqual(layerRange({ layers: [2, 5] }, 8), [2, 5]);
  assert.deepEqual(layerRange({ layers: { depth: [0, 0.25] } }, 8), [0, 1]);
  assert.deepEqual(layerRange({ layers: { depth: [0.25, 0.5] } }, 8), [2, 3]);
  assert.deepEqual(layerRange({ layers: { depth: [0.75, 1] } }, 8), [6, 7]);
  assert.deepEqual(layerRange({ layers: { depth: [0.25, 0.5] } }, 30), [7, 14]);
  assert.throws(() => layerRange({ layers: [2, 8] }, 8), {
    name: "RangeError",
    message: "A rule covers layers 2 to 8; the model has 0 to 7",
  });
  assert.throws(() => layerRange({ layers: [5, 2] }, 8), /layers 5 to 2/);
});

Deno.test("row 27: the paper's three rules act together, each in its layers; other layers stay whole", async () => {
  const graph = parse(
    await Deno.readTextFile(
      new URL("../../../graphs/paper.yaml", import.meta.url),
    ),
  );
  const written = graph.nodes.calibrated.with.rules as Record<
    string,
    unknown
  >[];
  assert.deepEqual(written.map((rule) => [rule.zone, rule.layers]), [
    ["middle", { depth: [0, 0.25] }],
    ["recent", { depth: [0.25, 0.5] }],
    ["sink", { depth: [0.75, 1] }],
  ]);
  const rules = written.map((rule) => ({
    ...rule,
    lambda: 0.004,
    width: 30,
  })) as unknown as Rule[];
  const test = await fakeCase({ model: { config: { layers: 4 } } });
  const [chunk] = await askedChunks(test);
  const n = chunk!.entriesBefore;
  const [calibrated] = await run(test, [chunk!], rules);
  const gone = (l: number) =>
    [0, 1].flatMap((h) =>
      Array.from({ length: n }, (_, i) => i).filter((i) =>
        !row(calibrated!, l, h).includes(i)
      )
    );
  assert(gone(0).length > 0 && gone(0).every((i) => i >= 30 && i < n - 30));
  assert(gone(1).length > 0 && gone(1).every((i) => i >= n - 30));
  assert.equal(gone(2).length, 0);
  assert(gone(3).length > 0 && gone(3).every((i) => i > 0 && i < 30));
});

Deno.test("row 28: both stages are selectable, and calibrate.merged counts zones in the merged cache", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const context = await lastValueFrom(
    runStage(
      merge,
      { chunks: from(asked.slice(0, 3)), model: EMPTY },
      {},
      test.ctx,
    ).context,
  );
  const question = (await test.model.requery([context], test.prompt.tail))[0]!;
  const width = 40;
  const n = context.cache.layers[0]!.entries;
  const expected = [0, 1].map((h) =>
    mean({ cache: context.cache, question }, 1, 0, h).flatMap((a, i) =>
      a > 0.005 && i >= n - width ? [] : [i]
    )
  );
  const inputs = {
    context: of(context),
    prompt: of(test.prompt),
    model: held(test.model),
  };
  const rules = [{
    zone: "recent" as const,
    lambda: 0.005,
    width,
    layers: [0, 0] as [number, number],
  }];
  const left = await lastValueFrom(
    runStage(calibrateMerged, inputs, { rules }, test.ctx).context,
  );
  const before = [0, 1].map((h) => row(context, 0, h));
  for (const h of [0, 1]) {
    assert(expected[h]!.length < n);
    assert.deepEqual(row(left, 0, h), expected[h]!.map((i) => before[h]![i]));
  }
  assert.deepEqual(row(left, 1, 0).length, n);
  assert.equal(left.position, context.position);
  assert.equal(
    test.ctx.budget.total - test.ctx.budget.free,
    left.cache.bytes + asked[3]!.cache.bytes,
  );
  const inputsAgain = { ...inputs, context: of(left) };
  const same = await lastValueFrom(
    runStage(calibrateMerged, inputsAgain, { rules: [] }, test.ctx).context,
  );
  assert.equal(same, left);
});

Deno.test("row 28: the question over calibrated keys equals dense attention with a mask; its own keys stay", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const [calibrated] = await run(test, [unowned(chunk!)], [{
    zone: "all",
    lambda: 0.02,
    rows: 4,
  }]);
  const keeps = [0, 1].map((l) =>
    [0, 1].map((h) => new Set(row(calibrated!, l, h)))
  );
  assert(keeps.flat().some((set) => set.size < chunk!.entriesBefore));
  const { tail } = test.prompt;
  const dense = test.model.transformer.forward(
    tail,
    chunk!.entriesBefore,
    chunk!.cache,
    (l, h, entry) => keeps[l]![h]!.has(entry),
  );
  const item = { cache: calibrated!.cache, position: chunk!.entriesBefore };
  const question = (await test.model.requery([item], tail))[0]!;
  for (let r = 1; r < tail.length; r++) {
    assert(
      Math.abs(
        question.logProbs[r]! - logProb(dense.logits[r - 1]!, tail[r]!),
      ) < 1e-5,
    );
  }
});

Deno.test("row 29: calibration flattens attention: fewer entries above lambda afterwards", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const count = (chunks: readonly KvChunk[]) => {
    let total = 0;
    for (const chunk of chunks) {
      for (const l of [0, 1]) {
        for (const h of [0, 1]) {
          total += mean(chunk, 1, l, h).filter((a) => a > 0.04).length;
        }
      }
    }
    return total;
  };
  const after = await run(test, asked.map(unowned), [{
    zone: "all",
    lambda: 0.04,
  }]);
  assert(count(after) < count(asked));
});

Deno.test("calibrate leaves heads ragged, with counts, and lets the answer through", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const { budget } = test.ctx;
  const calibrated = await run(test, asked, [{
    zone: "all",
    lambda: 0.03,
    rows: 4,
  }]);
  assert.equal(test.model.live, 0);
  assert.equal(
    budget.total - budget.free,
    calibrated.reduce((sum, c) => sum + c.cache.bytes, 0),
  );
  assert(
    calibrated.some((chunk) =>
      chunk.cache.layers.some((layer) => layer.counts)
    ),
  );
  const { kept } = await answerOver(test, calibrated);
  for (const [i, { entries, entriesBefore }] of kept.entries()) {
    const lengths = [0, 1].flatMap((l) =>
      [0, 1].map((h) => row(calibrated[i]!, l, h).length)
    );
    assert.equal(
      entries,
      lengths.reduce((a, b) => a + b) / 4 - (i > 0 ? 1 : 0),
    );
    assert.equal(entriesBefore, asked[i]!.entriesBefore);
  }
  assert.equal(budget.free, budget.total);
});

Deno.test("defineCalibrator() builds a stage out of a pure function; index 0 stays whatever it says", async () => {
  const even = defineCalibrator<typeof calibrate.options>({
    name: "my.even",
    options: calibrate.options,
    rows: () => [1],
    correct: ({ indices }) => Uint8Array.from(indices, (i) => i % 2),
  });
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const inputs = { chunks: of(chunk!), model: held(test.model) };
  const [left] = await collect(
    runStage(even, inputs, {} as CalibrateOptions, test.ctx).chunks,
  );
  assert.deepEqual(row(left!, 1, 0).slice(0, 4), [0, 1, 3, 5]);
  const wrong = defineCalibrator({
    name: "my.wrong",
    rows: () => [1],
    correct: () => new Uint8Array(3),
  });
  const again = {
    chunks: from((await askedChunks(test)).slice(0, 1)),
    model: held(test.model),
  };
  await assert.rejects(collect(runStage(wrong, again, {}, test.ctx).chunks), {
    name: "TypeError",
    message: /keep mask must have 2 x \d+ values, got 3/,
  });
});
