import assert from "node:assert/strict";
import fc from "fast-check";
import { from, lastValueFrom } from "rxjs";
import type { AnyStage } from "../../../core/stage.ts";
import type { Allocator, AllocatorInput } from "../../../stages/mod.ts";
import {
  allocateAda,
  allocateHeads,
  allocateLayers,
  allocatePyramid,
  evictAttention,
  fitCounts,
} from "../../../stages/mod.ts";
import { headEntries, meanEntries } from "../../../stages/cache/new_cache.ts";
import { noise } from "../../kernels/random_model.ts";
import { askedChunks, fakeCase, held, runStage } from "../fake_case.ts";
import { collect, testContext } from "../stage_context.ts";

function give(stage: AnyStage, options: unknown) {
  const { allocator } = stage.run(
    {},
    stage.options.parse(options),
    testContext(),
  );
  return allocator!;
}
const rule = (stage: AnyStage, options: unknown = {}) =>
  lastValueFrom(give(stage, options)) as Promise<Allocator>;

const sum = (counts: Iterable<number>) =>
  [...counts].reduce((a, b) => a + b, 0);

/** Scores of ragged heads with some protected entries in front. */
function input(
  layers: number,
  kvHeads: number,
  room: number,
  budget: number,
  { padded = 0, firm = 1, seed = 1 } = {},
): AllocatorInput {
  const scores = Array.from({ length: layers }, (_, l) => {
    const layer = noise(kvHeads * room, seed + l); // [kvHeads, entries]
    for (let h = 0; h < kvHeads; h++) {
      layer.fill(Infinity, h * room, h * room + firm);
      const held = room - Math.min(padded * ((l + h) % 3), room - firm);
      layer.fill(-Infinity, h * room + held, (h + 1) * room);
    }
    return layer;
  });
  return { scores, kvHeads, entries: scores.map(() => room), budget };
}

const heldIn = ({ scores, kvHeads }: AllocatorInput) =>
  scores.flatMap((layer) => {
    const room = layer.length / kvHeads;
    return Array.from(
      { length: kvHeads },
      (_, h) =>
        layer.subarray(h * room, (h + 1) * room).filter((s) => s !== -Infinity)
          .length,
    );
  }); // [layers · kvHeads]

Deno.test("allocate.pyramid, .ada and .layers with weights: the total is layers · kvHeads · budget, no head above what it holds", async () => {
  const rules = await Promise.all([
    rule(allocatePyramid, { window: 0, beta: 4 }),
    rule(allocatePyramid, { window: 2 }),
    rule(allocateAda),
    rule(allocateAda, { alpha: 1 }),
    rule(allocateLayers, { table: { weights: [5, 0, 1] } }),
  ]);
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 4, max: 40 }),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 0, max: 12 }),
    fc.integer(),
    (kvHeads, room, budget, padded, seed) => {
      const given = input(3, kvHeads, room, budget, { padded, seed });
      const most = heldIn(given);
      for (const [at, allocate] of rules.entries()) {
        const counts = allocate(given);
        assert.equal(counts.length, most.length);
        assert(counts.every((n, i) => n >= 0 && n <= most[i]!));
        // AdaKV shares within a layer: what one cannot hold, another does not get.
        const ada = at === 2 || at === 3;
        const most3 = [0, 1, 2].map((l) =>
          sum(most.slice(l * kvHeads, (l + 1) * kvHeads))
        );
        const promised = ada
          ? sum(most3.map((held) => Math.min(held, kvHeads * budget)))
          : Math.min(sum(most), 3 * kvHeads * budget);
        assert.equal(sum(counts), promised, `rule ${at}`);
      }
    },
  ));
});

Deno.test("allocate.pyramid falls with depth in equal steps, and gives way to the budget below its window", async () => {
  const given = input(4, 2, 100, 30);
  const counts = await rule(allocatePyramid, { window: 0, beta: 5 });
  assert.deepEqual([...counts(given)], [54, 54, 38, 38, 22, 22, 6, 6]);
  const flat = await rule(allocatePyramid, { window: 7, beta: 5 });
  assert.deepEqual([...flat(given)], new Array(8).fill(30));
});

Deno.test("allocate.ada equals a sort over all heads of a layer, safe entries first", async () => {
  for (const alpha of [0, 0.3, 1]) {
    const allocate = await rule(allocateAda, { alpha });
    for (const seed of [1, 2, 3]) {
      const given = input(2, 3, 20, 7, { seed });
      const expected = given.scores.flatMap((layer) => {
        const all = [...layer].map((score, at) => ({
          score,
          head: Math.floor(at / 20),
        }));
        const counts = [0, 0, 0];
        const rest: typeof all = [];
        for (const h of [0, 1, 2]) {
          const row = all.filter(({ head }) => head === h)
            .sort((a, b) => b.score - a.score);
          const safe = alpha > 0 ? Math.max(1, Math.floor(7 * alpha)) : 0;
          counts[h]! += safe;
          rest.push(...row.slice(safe));
        }
        rest.sort((a, b) => b.score - a.score);
        for (const { head } of rest.slice(0, 21 - sum(counts))) counts[head]!++;
        return counts;
      });
      assert.deepEqual([...allocate(given)], expected);
    }
  }
});

Deno.test("allocate.layers takes shares, entries and weights; a table of another length says so", async () => {
  const given = input(2, 2, 10, 4);
  const shares = await rule(allocateLayers, { table: { shares: [0.25, 1] } });
  assert.deepEqual([...shares(given)], [3, 3, 10, 10]);
  const entries = await rule(allocateLayers, { table: { entries: [2, 99] } });
  assert.deepEqual([...entries(given)], [2, 2, 10, 10]);
  const weights = await rule(allocateLayers, { table: { weights: [3, 1] } });
  assert.deepEqual([...weights(given)], [6, 6, 2, 2]);
  const long = await rule(allocateLayers, { table: { entries: [1, 2, 3] } });
  assert.throws(() => long(given), {
    name: "RangeError",
    message:
      "The table of allocate.layers has 3 numbers; the model has 2 layers",
  });
  const none = await rule(allocateLayers, { table: { weights: [0, 0] } });
  assert.throws(() => none(given), /All weights are 0/);
});

Deno.test("allocate.heads reads its table; what is wrong with it is said with the path", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const given = input(2, 2, 10, 4);
    const with_ = async (table: unknown, numbers: string) => {
      await Deno.writeTextFile(
        path,
        typeof table === "string" ? table : JSON.stringify(table),
      );
      return (await rule(allocateHeads, { path, numbers }))(given);
    };
    assert.deepEqual([...await with_([[0.25, 1], [0, 0.5]], "shares")], [
      3,
      10,
      0,
      5,
    ]);
    assert.deepEqual([...await with_([[1, 20], [3, 4]], "entries")], [
      1,
      10,
      3,
      4,
    ]);
    const shared = await with_([[1, 3], [2, 2]], "weights");
    assert.deepEqual([...shared], [2, 6, 4, 4]);
    const message = (part: string) => (error: Error) =>
      error.message.includes(path) && error.message.includes(part);
    for (
      const [table, numbers, part] of [
        ["{", "shares", "cannot be parsed"],
        [[[1, "x"]], "shares", "not valid"],
        [[[1], [1]], "shares", "is 2 x 1; the model has 2 layers x 2 KV heads"],
        [[[1, 2]], "weights", "is 1 x 2; the model has"],
        [[[1, 2], [1, 1]], "shares", "has the share 2 for layer 0, KV head 1"],
      ] as const
    ) await assert.rejects(with_(table, numbers), message(part));
  } finally {
    await Deno.remove(path);
  }
  await assert.rejects(rule(allocateHeads, { path: "no/such.json" }), {
    message: /no\/such\.json/,
  });
});

Deno.test("fitCounts() keeps the sum within limits, and breaks it only where they leave no choice", () => {
  const limits = (least: number[], most: number[]) => ({
    least: Int32Array.from(least),
    most: Int32Array.from(most),
  });
  assert.deepEqual([...fitCounts([1.5, 1.5], limits([0, 0], [9, 9]))], [2, 1]);
  assert.deepEqual([...fitCounts([5, 1], limits([0, 0], [3, 9]))], [3, 3]);
  assert.deepEqual([...fitCounts([5, 1], limits([0, 4], [9, 9]))], [2, 4]);
  assert.deepEqual([...fitCounts([5, 5], limits([0, 0], [3, 3]))], [3, 3]);
  assert.deepEqual([...fitCounts([1, 1], limits([4, 0], [9, 9]))], [4, 0]);
});

Deno.test("an evictor with an allocator leaves ragged heads of the very sizes it asked for", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  for (
    const [stage, options] of [
      [allocatePyramid, { window: 0 }],
      [allocateAda, {}],
    ] as const
  ) {
    const evicted = await collect(
      runStage(
        evictAttention,
        {
          chunks: from(asked.map((c) => ({ ...c, retain() {}, release() {} }))),
          model: held(test.model),
          allocator: give(stage, options) as ReturnType<
            typeof allocateAda.run
          >["allocator"],
        },
        { keep: { entries: 40 } },
        test.ctx,
      ).chunks,
    );
    for (const { cache } of evicted) {
      assert.equal(meanEntries(cache), 40);
      const sizes = cache.layers.flatMap((layer) =>
        [0, 1].map((h) => headEntries(layer, h))
      );
      assert(new Set(sizes).size > 1, `${stage.name}: ${sizes}`);
    }
  }
});
