import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom } from "rxjs";
import { Arena } from "../../kernels/cache/arena.ts";
import { keepEntries } from "../../stages/cache/keep_entries.ts";
import { headEntries } from "../../stages/cache/new_cache.ts";
import {
  calibrate,
  describeKvChunk,
  type KvChunk,
  merge,
} from "../../stages/mod.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "./fake_case.ts";
import { collect } from "./stage_context.ts";

const mergeAll = (test: FakeCase, chunks: readonly KvChunk[]) =>
  lastValueFrom(
    runStage(merge, { chunks: from(chunks), model: EMPTY }, {}, test.ctx)
      .context,
  );

Deno.test("row 31: merge drops the question's KV and the lead of every chunk but the first", async () => {
  const test = await fakeCase({ model: { chat: true } });
  const lead = test.prompt.lead.length;
  assert(lead > 1);
  const asked = await askedChunks(test, { onePass: true });
  const { cache, kept, position, chunks } = await mergeAll(
    test,
    asked.slice(1),
  );
  const lengths = asked.slice(1).map((chunk) => chunk.entriesBefore);
  const total = lengths.reduce((a, b) => a + b) - (lengths.length - 1) * lead;
  for (const layer of cache.layers) {
    assert.equal(layer.entries, total);
    assert.equal(layer.counts, undefined);
  }
  assert.equal(position, Math.max(...lengths));
  assert.equal(chunks, test.chunks.length);
  assert.deepEqual(kept.map((chunk) => chunk.chunk), [1, 2, 3]);
  assert.deepEqual(kept.map((c) => c.entries), [
    lengths[0],
    lengths[1]! - lead,
    lengths[2]! - lead,
  ]);
  const { kvHeads, headDim } = cache;
  assert.equal(cache.bytes, 2 * 2 * kvHeads * headDim * total * 4);
});

Deno.test("row 7: the merged cache holds exactly one BOS, also when chunk 0 is not kept", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const first = asked[1]!.cache.layers[0]!.keys.slice(0, 8);
  const { cache } = await mergeAll(test, asked.slice(1));
  for (const { positions, entries } of cache.layers) {
    for (let head = 0; head < cache.kvHeads; head++) {
      const row = positions.subarray(head * entries, (head + 1) * entries);
      assert.equal(row.filter((at) => at === 0).length, 1);
      assert.equal(row[0], 0);
    }
  }
  assert.deepEqual(cache.layers[0]!.keys.slice(0, 8), first);
});

Deno.test("row 13: the order of arrival changes neither the cache nor the answer", async () => {
  const run = async (order: (chunks: KvChunk[]) => KvChunk[]) => {
    const test = await fakeCase();
    const asked = order(await askedChunks(test));
    return { test, answer: await answerOver(test, asked) };
  };
  const straight = await run((chunks) => chunks);
  const turned = await run((chunks) => chunks.toReversed());
  assert.deepEqual(turned.answer, straight.answer);
  assert.deepEqual(straight.answer.kept.map((chunk) => chunk.chunk), [
    0,
    1,
    2,
    3,
  ]);
});

Deno.test("merge compacts ragged heads and pads them with zeros", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const rules = [{ zone: "all" as const, lambda: 0.03, rows: 4 }];
  const options = { chunks: from(asked.slice(0, 3)), model: held(test.model) };
  const ragged = await collect(
    runStage(calibrate, options, { rules }, test.ctx).chunks,
  );
  const counts = (l: number, head: number) =>
    ragged.map(({ cache: { layers } }) =>
      layers[l]!.counts?.[head] ?? layers[l]!.entries
    );
  const parts = [0, 1].map((l) => [0, 1].map((head) => counts(l, head)));
  const { cache } = await mergeAll(test, ragged);
  assert(cache.layers.some((layer) => layer.counts));
  for (const [l, layer] of cache.layers.entries()) {
    for (let head = 0; head < 2; head++) {
      const real = layer.counts?.[head] ?? layer.entries;
      assert.equal(real, parts[l]![head]!.reduce((a, b) => a + b) - 2); // two leads of one token
      const at = head * layer.entries;
      const positions = layer.positions.subarray(at, at + real);
      const restarts = positions.filter((p, i) =>
        i > 0 && p <= positions[i - 1]!
      ).length;
      assert.equal(restarts, 2, "each chunk in order, no hole between them");
      const padding = layer.keys.subarray(
        (at + real) * 8,
        (head + 1) * layer.entries * 8,
      );
      assert(padding.every((value) => value === 0));
    }
  }
});

Deno.test("merge releases its inputs and leases what it made", async () => {
  const test = await fakeCase();
  const { budget } = test.ctx;
  const context = await mergeAll(test, await askedChunks(test));
  assert.equal(test.model.live, 0);
  assert.equal(budget.total - budget.free, context.cache.bytes);
  context.release();
  assert.equal(budget.free, budget.total);
});

Deno.test("merge needs at least one chunk", async () => {
  const test = await fakeCase();
  await assert.rejects(mergeAll(test, []), {
    name: "RangeError",
    message: "No chunk reached merge; keep at least one",
  });
});

Deno.test("merge remembers which chunk every entry came from, through later stages too", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const { cache, kept } = await mergeAll(test, asked.slice(1));
  const origins = cache.layers.map((
    { chunks, entries },
  ) => [...chunks!.subarray(0, entries)]);
  const expected = kept.flatMap(({ chunk, entries }) =>
    new Array<number>(entries).fill(chunk)
  );
  for (const layer of origins) assert.deepEqual(layer, expected);

  const keep = cache.layers.map(({ entries }) =>
    Uint8Array.from(
      { length: cache.kvHeads * entries },
      (_, at) => at % 2,
    ) // [kvHeads, entries]
  );
  const half = keepEntries(new Arena(), [{ cache, keep }]);
  const { chunks, entries } = half.layers[0]!;
  const mask = keep[0]!.subarray(0, expected.length);
  assert.deepEqual(
    [...chunks!.subarray(0, headEntries(half.layers[0]!, 0))],
    expected.filter((_, at) => mask[at] === 1),
  );
  assert(entries > 0);
});

Deno.test("merge says which chunks entries came from, with scores of which high is good", async () => {
  const test = await fakeCase();
  const asked = (await askedChunks(test)).slice(1);
  const scored = [
    { score: 3, better: "low" as const },
    { score: 2, better: "high" as const },
    {},
  ].map((said, i) => describeKvChunk(asked[i]!, said));
  const { sources } = await mergeAll(test, scored.toReversed());
  assert.deepEqual(sources, [
    { chunk: asked[0]!.chunk, merit: -3 },
    { chunk: asked[1]!.chunk, merit: 2 },
    { chunk: asked[2]!.chunk },
  ]);
});
