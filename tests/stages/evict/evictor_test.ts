import assert from "node:assert/strict";
import { from, of } from "rxjs";
import {
  allocateUniform,
  type Allocator,
  defineAllocator,
  defineEvictor,
  type Evictor,
  evictorOf,
  EvictorOptions,
  type KvChunk,
} from "../../../stages/mod.ts";
import * as stages from "../../../stages/mod.ts";
import { isStage } from "../../../core/stage.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "../fake_case.ts";
import { collect } from "../stage_context.ts";

type AnyEvictor = Evictor<typeof EvictorOptions>;

const evict = (
  stage: AnyEvictor,
  test: FakeCase,
  chunks: readonly KvChunk[],
  options: object,
  allocator = of<Allocator>(),
) =>
  collect(
    runStage(
      stage,
      {
        chunks: from(chunks),
        model: held(test.model),
        prompt: of(test.prompt),
        allocator,
      },
      options,
      test.ctx,
    ).chunks,
  );

const row = ({ cache }: KvChunk, l = 0, h = 0) => {
  const { entries, counts, positions } = cache.layers[l]!;
  return [
    ...positions.subarray(h * entries, h * entries + (counts?.[h] ?? entries)),
  ];
};

const every = Object.values(stages).filter((value) =>
  isStage(value) && value.name.startsWith("evict.") && "chunks" in value.inputs
) as AnyEvictor[];

Deno.test("every evictor: sizes are exact, order is kept, runs repeat, all is identity", async () => {
  assert(every.length >= 14);
  for (const stage of every) {
    const run = async () => {
      const test = await fakeCase();
      const evicted = await evict(stage, test, await askedChunks(test), {
        keep: { entries: 50 },
      });
      for (const chunk of evicted) {
        for (const l of [0, 1]) {
          for (const h of [0, 1]) {
            const kept = row(chunk, l, h);
            assert.equal(kept.length, 50, stage.name);
            assert.deepEqual(kept, kept.toSorted((a, b) => a - b), stage.name);
            assert.equal(kept[0], 0, `${stage.name} keeps BOS`);
          }
        }
        assert(
          chunk.cache.layers.every((layer) =>
            layer.keys.every(Number.isFinite)
          ),
        );
      }
      return [
        evicted.map((chunk) => row(chunk, 1, 1)),
        await answerOver(test, evicted),
      ];
    };
    assert.deepEqual(await run(), await run(), stage.name);
    const test = await fakeCase();
    const asked = await askedChunks(test);
    const same = await evict(stage, test, asked, { keep: { share: 1 } });
    assert(same.every((chunk, i) => chunk === asked[i]), stage.name);
  }
});

Deno.test("evict.streaming-llm keeps the lead, the sinks after it and the most recent entries", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const n = chunk!.entriesBefore;
  const [evicted] = await evict(
    stages.evictStreamingLlm as unknown as AnyEvictor,
    test,
    [chunk!],
    { keep: { entries: 20 } },
  );
  assert.deepEqual(row(evicted!), [
    0,
    1,
    2,
    3,
    4,
    ...Array.from({ length: 15 }, (_, i) => n - 15 + i),
  ]);
});

Deno.test("evict.random keeps other entries for another seed", async () => {
  const kept = async (seed: number) => {
    const test = await fakeCase();
    const evicted = await evict(
      stages.evictRandom as unknown as AnyEvictor,
      test,
      await askedChunks(test),
      { seed },
    );
    return evicted.map((chunk) => row(chunk));
  };
  assert.notDeepEqual(await kept(1), await kept(2));
});

const byIndex = defineEvictor({
  name: "my.early",
  score: ({ positions }, out) => out.set(positions.map((p) => -p)),
});

Deno.test("defineEvictor() protects lead, sinks and recent entries, whatever the score", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const n = chunk!.entriesBefore;
  const worst = defineEvictor({
    name: "my.worst",
    score: ({ positions }, out) => out.set(positions),
  });
  const options = { keep: { entries: 8 }, protect: { sinks: 2, recent: 3 } };
  const copy = { ...chunk!, retain() {}, release() {} };
  const [late] = await evict(worst, test, [copy], options);
  assert.deepEqual(row(late!), [0, 1, 2, n - 5, n - 4, n - 3, n - 2, n - 1]);
  const [early] = await evict(byIndex, test, [copy], options);
  assert.deepEqual(row(early!), [0, 1, 2, 3, 4, n - 3, n - 2, n - 1]);
  const [few] = await evict(byIndex, test, [copy], {
    ...options,
    keep: { entries: 2 },
  });
  assert.deepEqual(
    row(few!),
    [0, 1, 2, n - 3, n - 2, n - 1],
    "more is protected than asked for",
  );
});

Deno.test("defineEvictor() prefers protected entries to scores that are infinite", async () => {
  const endless = defineEvictor({
    name: "my.endless",
    score: ({ kvHeads, entries }, out) => {
      out.fill(-Infinity); // with share: one head's +Infinity meets another's -Infinity
      for (let head = 0; head < kvHeads; head++) {
        out.fill(Infinity, head * entries + 5, head * entries + 30 + head);
      }
    },
  });
  for (const share of ["none", "layer"] as const) {
    const test = await fakeCase();
    const [chunk] = await askedChunks(test);
    const n = chunk!.entriesBefore;
    const [evicted] = await evict(endless, test, [chunk!], {
      keep: { entries: 8 },
      protect: { sinks: 2, recent: 3 },
      share,
    });
    assert.deepEqual(row(evicted!), [0, 1, 2, 5, 6, n - 3, n - 2, n - 1]);
  }
});

Deno.test("defineEvictor() breaks ties by the smaller index", async () => {
  const test = await fakeCase();
  const flat = defineEvictor({
    name: "my.flat",
    score: (_input, out) => out.fill(1),
  });
  const [evicted] = await evict(
    flat,
    test,
    (await askedChunks(test)).slice(0, 1),
    { keep: { entries: 5 } },
  );
  assert.deepEqual(row(evicted!), [0, 1, 2, 3, 4]);
});

Deno.test("defineEvictor() gives a rule its options and what it asks for", async () => {
  const test = await fakeCase();
  let seen = 0;
  const rule = defineEvictor({
    name: "my.last-row",
    needs: ["attention"],
    rows: () => 1,
    options: EvictorOptions.extend({
      power: stages.EvictAttentionOptions.shape.pool,
    }),
    score: (
      { attention, heads, kvHeads, entries, lead, layers },
      out,
      { power },
    ) => {
      assert.deepEqual([heads, kvHeads, lead, layers, power], [4, 2, 1, 2, 3]);
      for (let h = 0; h < heads; h++) {
        const sum = attention!.subarray(h * entries, (h + 1) * entries).reduce(
          (a, b) => a + b,
          0,
        );
        assert(
          sum > 0 && sum < 1,
          "one row's attention on the cache, its own keys left out",
        );
      }
      seen++;
      out.fill(0);
    },
  });
  assert.deepEqual(rule.inputs.chunks.needs, ["question"]);
  assert.equal(rule.inputs.model.optional, false);
  await evict(rule as unknown as AnyEvictor, test, await askedChunks(test), {
    power: 3,
  });
  assert.equal(seen, 8);
});

Deno.test("defineEvictor() refuses a score that is not a number", async () => {
  const test = await fakeCase();
  const broken = defineEvictor({
    name: "my.nan",
    score: ({ layer }, out) => out.fill(layer === 1 ? NaN : 0, 9),
  });
  await assert.rejects(evict(broken, test, await askedChunks(test), {}), {
    name: "RangeError",
    message: /^Score of chunk \d, layer 1, KV head 0, entry 9 is not a number$/,
  });
});

Deno.test("an allocator gives every head its own number of entries", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const uneven = defineAllocator({
    name: "my.uneven",
    allocate: ({ scores, kvHeads, budget }) =>
      Int32Array.from(
        { length: scores.length * kvHeads },
        (_, i) => i === 1 ? budget + 5 : i === 2 ? 0 : budget,
      ),
  });
  const allocator = runStage(uneven, {}, {}, test.ctx).allocator;
  const evicted = await evict(
    byIndex,
    test,
    asked,
    { keep: { entries: 10 } },
    allocator,
  );
  for (const chunk of evicted) {
    assert.deepEqual(
      [row(chunk, 0, 0), row(chunk, 0, 1), row(chunk, 1, 0), row(chunk, 1, 1)]
        .map((r) => r.length),
      [10, 15, 1, 10],
    );
    assert.deepEqual(chunk.cache.layers.map((layer) => layer.entries), [
      15,
      10,
    ]);
    assert.deepEqual(chunk.cache.layers[0]!.counts, Int32Array.of(10, 15));
    assert.equal(chunk.cache.bytes, (15 + 10) * 2 * 2 * 8 * 4);
  }
  const { contextTokens, kept } = await answerOver(test, evicted);
  assert.equal(kept[0]!.entries, 9);
  assert.equal(contextTokens, 9 + 3 * 8); // every chunk but the first loses its lead
  const wrong: Allocator = () => new Int32Array(3);
  await assert.rejects(
    evict(byIndex, test, await askedChunks(test), {}, of(wrong)),
    {
      message:
        "The allocator gave 3 counts, expected one for each of 2 layers x 2 KV heads",
    },
  );
  const negative: Allocator = () => Int32Array.of(4, 4, -1, 4);
  await assert.rejects(
    evict(byIndex, test, await askedChunks(test), {}, of(negative)),
    /The allocator gave a count of -1, expected whole numbers from 0 on/,
  );
});

Deno.test("allocate.uniform is what evictors do by themselves", async () => {
  const kept = async (allocator: boolean) => {
    const test = await fakeCase();
    const given = allocator
      ? runStage(allocateUniform, {}, {}, test.ctx).allocator
      : of<Allocator>();
    const evicted = await evict(byIndex, test, await askedChunks(test), {
      keep: { entries: 12 },
    }, given);
    return evicted.map((
      chunk,
    ) => [row(chunk, 0, 1), chunk.cache.layers[0]!.counts]);
  };
  assert.deepEqual(await kept(true), await kept(false));
});

Deno.test("an evicted chunk gives memory and bytes back at once; a chunk that others read stays", async () => {
  const test = await fakeCase();
  const { budget } = test.ctx;
  const asked = await askedChunks(test);
  const [first, ...rest] = asked;
  first!.retain();
  const evicted = await evict(byIndex, test, asked, { keep: { entries: 10 } });
  assert.equal(test.model.live, 1);
  const small = evicted[0]!.cache.bytes;
  assert.equal(
    budget.total - budget.free,
    first!.cache.bytes + asked.length * small,
  );
  assert.equal(rest.length, 3);
  first!.release();
  assert.equal(test.model.live, 0);
  for (const chunk of evicted) chunk.release();
  assert.equal(budget.free, budget.total);
});

Deno.test("evictorOf() gives the rule inside an evictor, and nothing for other stages", () => {
  assert.equal(evictorOf(byIndex)?.name, byIndex.name);
  assert.equal(evictorOf(byIndex)?.needs, undefined);
  assert.deepEqual(evictorOf(stages.evictAttention)?.needs, ["attention"]);
  assert.equal(evictorOf(stages.merge), undefined);
});
