import assert from "node:assert/strict";
import fc from "fast-check";
import { EMPTY, from, lastValueFrom, of } from "rxjs";
import {
  allocateChunks,
  type AllocatorInput,
  evictAttention,
  evictKnormMerged,
  type KvChunk,
  merge,
  scoreRandom,
} from "../../../stages/mod.ts";
import { meanEntries } from "../../../stages/cache/new_cache.ts";
import { askedChunks, fakeCase, held, runStage } from "../fake_case.ts";
import { heldChunk } from "../select/held_chunk.ts";
import { collect, testContext } from "../stage_context.ts";

/** A chunk whose heads hold so many entries. */
const sized = (
  index: number,
  score: number,
  entries: number,
  better: "low" | "high" = "low",
): KvChunk => ({
  ...heldChunk(index, score),
  better,
  cache: {
    kvHeads: 1,
    headDim: 1,
    layers: [{
      entries,
      keys: new Float32Array(entries), // [kvHeads, entries, headDim]
      values: new Float32Array(entries), // [kvHeads, entries, headDim]
      positions: new Int32Array(entries), // [kvHeads, entries]
    }],
    bytes: 0,
  },
});

const input = (chunk: number | undefined, budget: number): AllocatorInput => ({
  scores: [new Float32Array(4), new Float32Array(4)], // layers × [kvHeads, entries]
  kvHeads: 2,
  entries: [2, 2],
  budget,
  ...(chunk !== undefined && { chunk }),
});

const ruleOf = (chunks: readonly KvChunk[], options: object = {}) =>
  lastValueFrom(
    runStage(allocateChunks, { chunks: from(chunks) }, options, testContext())
      .allocator,
  );

/** What a head keeps of every chunk. */
async function counts(
  chunks: readonly KvChunk[],
  budget: number,
  options: object = {},
): Promise<number[]> {
  const allocate = await ruleOf(chunks, options);
  return chunks.map(({ chunk }) => {
    const given = [...allocate(input(chunk.index, budget))];
    assert.deepEqual(given, new Array(4).fill(given[0]), "all heads alike");
    return given[0]!;
  });
}

Deno.test("allocate.chunks: a floor for every chunk, the rest by softmax(-score / temperature)", async () => {
  const ln3 = Math.log(3);
  const chunks = [sized(2, 1, 999), sized(5, 1 + ln3, 999)];
  assert.deepEqual(await counts(chunks, 100, { least: 0, temperature: 1 }), [
    150,
    50,
  ]);
  assert.deepEqual(await counts(chunks, 100, { temperature: 1 }), [125, 75]);
  assert.deepEqual(await counts(chunks, 100, { least: 1 }), [100, 100]);
  const sharp = { least: 0.25, temperature: 1e-3 };
  assert.deepEqual(await counts(chunks, 100, sharp), [175, 25]);
  const flat = { least: 0, temperature: 1e9 };
  assert.deepEqual(await counts(chunks, 100, flat), [100, 100]);
});

Deno.test("allocate.chunks follows scores whose high ones are good", async () => {
  const chunks = [sized(0, 1, 999, "high"), sized(1, 4, 999, "high")];
  const [low, high] = await counts(chunks, 100);
  assert(high! > low!);
});

Deno.test("allocate.chunks: what a chunk cannot hold goes to the others", async () => {
  const chunks = [sized(0, 0, 110), sized(1, 5, 999), sized(2, 5, 999)];
  assert.deepEqual(await counts(chunks, 100, { least: 0.5 }), [110, 95, 95]);
});

Deno.test("allocate.chunks: the sum is exact, floors hold, no chunk keeps more than it has, a better one of equal size no less, in any order of arrival", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.double({ min: 0, max: 9, noNaN: true }),
          fc.integer({ min: 1, max: 60 }),
        ),
        { minLength: 1, maxLength: 8 },
      ),
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom(0, 0.3, 0.5, 1),
      fc.constantFrom(0.01, 0.3, 1, 10),
      async (drawn, budget, least, temperature) => {
        const chunks = drawn.map(([score, most], i) => sized(i, score, most));
        const options = { least, temperature };
        const given = await counts(chunks, budget, options);
        const total = given.reduce((a, b) => a + b, 0);
        const room = drawn.reduce((sum, [, most]) => sum + most, 0);
        assert.equal(total, Math.min(room, budget * drawn.length));
        for (const [i, count] of given.entries()) {
          const [score, most] = drawn[i]!;
          assert(count <= most);
          assert(count >= Math.min(most, Math.floor(least * budget)));
          for (const [j, [other, held]] of drawn.entries()) {
            if (held === most && score < other) assert(count >= given[j]! - 1);
          }
        }
        const turned = await counts(chunks.toReversed(), budget, options);
        assert.deepEqual(turned.toReversed(), given);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("allocate.chunks releases what it reads, and says what it was not given", async () => {
  const released = new Set<number>();
  const allocate = await ruleOf(
    [3, 4].map((i) => heldChunk(i, i, released)).map(
      (chunk) => ({
        ...sized(chunk.chunk.index, 1, 9),
        release: chunk.release,
      }),
    ),
  );
  assert.deepEqual(released, new Set([3, 4]));
  assert.throws(() => allocate(input(7, 5)), {
    name: "RangeError",
    message:
      "allocate.chunks was not given chunk 7; connect it to the chunks that the evictor reads",
  });
  assert.throws(() => allocate(input(undefined, 5)), {
    name: "RangeError",
    message:
      "allocate.chunks cannot share out a merged context; connect it to an evictor before merge",
  });
  await assert.rejects(ruleOf([sized(1, NaN, 9)]), {
    name: "TypeError",
    message: "Chunk 1 has score 'NaN'; put a scorer before allocate.chunks",
  });
});

Deno.test("an evictor with allocate.chunks keeps as much in all as without, and more of better chunks", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const scored = await collect(
    runStage(
      scoreRandom,
      { chunks: from(asked), prompt: of(test.prompt) },
      {},
      test.ctx,
    ).chunks,
  );
  for (const chunk of scored) chunk.retain(); // two readers
  const { allocator } = runStage(
    allocateChunks,
    { chunks: from(scored) },
    { temperature: 0.3 },
    test.ctx,
  );
  const evicted = await collect(
    runStage(
      evictAttention,
      { chunks: from(scored), model: held(test.model), allocator },
      { keep: { entries: 40 } },
      test.ctx,
    ).chunks,
  );
  const sizes = evicted.map(({ cache }) => meanEntries(cache));
  assert.equal(sizes.reduce((a, b) => a + b), 40 * scored.length);
  const ranked = evicted.toSorted((a, b) => a.score! - b.score!)
    .map(({ cache }) => meanEntries(cache));
  assert.deepEqual(ranked, sizes.toSorted((a, b) => b - a));
  assert(ranked[0]! > ranked.at(-1)!);
  for (const chunk of evicted) chunk.release();
  assert.deepEqual([test.model.live, test.ctx.budget.used], [0, 0]);
});

Deno.test("allocate.chunks on an evictor of the merged context says where it belongs", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const { context } = runStage(
    merge,
    { chunks: from(asked), model: EMPTY },
    {},
    test.ctx,
  );
  const evicted = runStage(
    evictKnormMerged,
    {
      context,
      prompt: of(test.prompt),
      model: EMPTY,
      allocator: of(await ruleOf([sized(0, 1, 99)])),
    },
    { keep: { entries: 9 } },
    test.ctx,
  );
  await assert.rejects(lastValueFrom(evicted.context), {
    message: /cannot share out a merged context/,
  });
  assert.deepEqual([test.model.live, test.ctx.budget.used], [0, 0]);
});
