import assert from "node:assert/strict";
import { isStage } from "../../../core/stage.ts";
import * as stages from "../../../stages/mod.ts";
import { askedChunks, fakeCase } from "../fake_case.ts";
import {
  type AnyMergedEvictor,
  copies,
  evict,
  evictMerged,
  positionsOf,
} from "./evict_case.ts";

const every = Object.values(stages).filter((value) =>
  isStage(value) && value.name.startsWith("evict.") &&
  "context" in value.inputs
) as AnyMergedEvictor[];

Deno.test("every evictor over the merged context: sizes are exact, order is kept, runs repeat, all is identity", async () => {
  assert(every.length >= 9);
  for (const stage of every) {
    const test = await fakeCase();
    const asked = await askedChunks(test);
    const run = (options: object) =>
      evictMerged(stage, test, copies(asked), options);
    const whole = await run({ keep: { share: 1 } });
    const total = whole.cache.layers[0]!.entries;
    const { cache } = await run({ keep: { entries: 30 } });
    for (const layer of cache.layers) {
      assert.equal(layer.entries, 30 * asked.length, stage.name);
      assert(!layer.counts);
      for (let h = 0; h < 2; h++) {
        const places = Array.from({ length: layer.entries }, (_, i) => {
          const at = h * layer.entries + i;
          return layer.chunks![at]! * 1000 + layer.positions[at]!;
        });
        assert.equal(places[0], 0, `${stage.name} keeps BOS`);
        assert.deepEqual(places, places.toSorted((a, b) => a - b), stage.name);
        assert.equal(new Set(places).size, places.length);
      }
    }
    const again = await run({ keep: { entries: 30 } });
    assert.deepEqual(positionsOf(again.cache), positionsOf(cache), stage.name);
    const half = await run({ keep: { share: 0.5 } });
    assert.equal(half.cache.layers[0]!.entries, Math.ceil(total / 2));
    assert.equal(
      (await run({ keep: { entries: 1000 } })).cache.layers[0]!.entries,
      total,
    );
  }
});

Deno.test("total counts what a head keeps of all chunks together, in place of keep", async () => {
  for (const stage of every) {
    const test = await fakeCase();
    const asked = await askedChunks(test);
    const run = (options: object) =>
      evictMerged(stage, test, copies(asked), options);
    const { cache, kept } = await run({ total: 70, keep: { entries: 1 } });
    for (const { entries, counts } of cache.layers) {
      assert.deepEqual([entries, counts], [70, undefined], stage.name);
    }
    const left = kept.reduce((sum, { entries }) => sum + entries, 0);
    assert.equal(left, 70, stage.name);
    const whole = await run({ keep: { share: 1 } });
    const { entries } = whole.cache.layers[0]!;
    assert.deepEqual(
      positionsOf((await run({ total: entries })).cache),
      positionsOf(whole.cache),
    );
    const most = await run({ total: entries - 1 });
    assert.equal(most.cache.layers[0]!.entries, entries - 1, stage.name);
  }
});

Deno.test("kept says which chunks are left when others lose all they had to them", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const { kept, sources } = await evictMerged(
    stages.evictStreamingLlmMerged,
    test,
    copies(asked),
    { total: 20, protect: { sinks: 0 } },
  );
  assert.deepEqual(kept.map(({ chunk, entries }) => [chunk, entries]), [
    [0, 1], // the lead
    [asked.length - 1, 19],
  ]);
  assert.deepEqual(
    sources!.map(({ chunk }) => chunk),
    asked.map(({ chunk }) => chunk),
  );
});

Deno.test("of one chunk alone, every evictor keeps the same before merge and after it", async () => {
  for (const merged of every) {
    const single = Object.values(stages).find((value) =>
      isStage(value) && `${value.name}-merged` === merged.name
    )!;
    const test = await fakeCase();
    const asked = (await askedChunks(test)).slice(0, 1);
    const options = { keep: { entries: 30 } };
    const [before] = await evict(single, test, copies(asked), options);
    const after = await evictMerged(merged, test, copies(asked), options);
    assert.deepEqual(
      positionsOf(after.cache),
      positionsOf(before!.cache),
      merged.name,
    );
  }
});

Deno.test("over the merged context chunks compete for entries", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const { cache } = await evictMerged(
    stages.evictStreamingLlmMerged,
    test,
    copies(asked),
    { keep: { entries: 20 }, protect: { sinks: 2 } },
  );
  const { chunks, positions, entries } = cache.layers[0]!;
  const held = Array.from(
    { length: entries },
    (_, i) => `${chunks![i]}:${positions[i]}`,
  );
  assert.deepEqual(held.slice(0, 7), [
    ...["0:0", "0:1", "0:2"], // the lead and its sinks
    ...["1:1", "1:2", "2:1", "2:2"], // the others have lost their lead
  ]);
  assert(held.slice(9).every((place) => place.startsWith("3:")));
});

Deno.test("spans of tokens end at chunks; sentences are refused over the merged context", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const run = (spans: object) =>
    evictMerged(stages.evictKnormMerged, test, copies(asked), {
      keep: { entries: 20 },
      spans,
    });
  const { cache } = await run({ tokens: 16 });
  const { chunks, positions } = cache.layers[0]!;
  const sizes = new Map<string, number>();
  for (let i = 1; i < 80; i++) {
    const span = `${chunks![i]}:${Math.floor(positions[i]! / 16)}`;
    sizes.set(span, (sizes.get(span) ?? 0) + 1);
  }
  const whole = [...sizes.values()].filter((size) => size >= 15);
  assert(whole.length >= 4, [...sizes].join(" "));
  await assert.rejects(run({ sentences: true }), {
    name: "RangeError",
    message: /^evict.knorm-merged cannot see sentences in a merged context/,
  });
});

Deno.test("defineMergedEvictor() refuses a rule that needs a chunk's own rows", () => {
  assert.throws(
    () => stages.defineMergedEvictor(stages.evictorOf(stages.evictSnapKv)!),
    {
      name: "TypeError",
      message:
        "Rule 'evict.snapkv' needs 'attention:recent' of a chunk, which a merged context cannot give; use it before merge",
    },
  );
});
