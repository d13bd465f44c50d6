import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, from, Observable, of, throwError } from "rxjs";
import {
  type KvChunk,
  prefill,
  scoreRandom,
  selectGap,
} from "../../../stages/mod.ts";
import { fakeCase, held, runStage } from "../fake_case.ts";
import { chunksThat, collect, testContext } from "../stage_context.ts";
import { heldChunk } from "./held_chunk.ts";

const select = async (scores: readonly number[], options: object) => {
  const chunks = scores.map((score, i) => heldChunk(i, score));
  const run = runStage(
    selectGap,
    { chunks: from(chunks) },
    options,
    testContext(),
  );
  return (await collect(run.chunks)).map(({ chunk }) => chunk.index);
};

/** The middle of numbers, by definition: as many lie above as below. */
function naiveMedian(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  while (sorted.length > 2) {
    sorted.shift();
    sorted.pop();
  }
  return sorted.reduce((a, b) => a + b) / sorted.length;
}

Deno.test("select.gap keeps one chunk that stands out alone, and as many as may where none does", async () => {
  assert.deepEqual(await select([1.0, 0.1, 1.1, 0.9, 1.2], {}), [1]);
  const even = [1.0, 1.1, 0.9, 1.2, 1.3];
  assert.deepEqual(await select(even, { gap: 4 }), [0, 1, 2]);
  assert.deepEqual(await select(even, { gap: 4, most: 9 }), [0, 1, 2, 3, 4]);
  assert.deepEqual(await select(even, { gap: 0 }), [2]);
  assert.deepEqual(await select(even, { gap: 0, least: 2 }), [0, 2]);
  assert.deepEqual(await select(even, { least: 4, most: 2 }), [0, 1, 2, 3]);
});

Deno.test("select.gap stops at the first score that falls behind: two that stand out stay together", async () => {
  const scores = [2.0, 0.2, 2.1, 0.3, 2.2, 2.3, 1.9];
  assert.deepEqual(await select(scores, { gap: 1, most: 5 }), [1, 3]);
  const high = { keep: "highest", gap: 1, most: 5 };
  assert.deepEqual(await select(scores.map((s) => -s), high), [1, 3]);
});

Deno.test("select.gap with few chunks: one stays, of two both from gap 2 on, equal ones as many as may", async () => {
  assert.deepEqual(await select([0.7], {}), [0]);
  assert.deepEqual(await select([0.7, 5], { gap: 2.001 }), [0, 1]);
  assert.deepEqual(await select([0.7, 5], { gap: 1.9 }), [0]);
  assert.deepEqual(await select([1, 1, 1, 1], { gap: 0 }), [0, 1, 2]);
  assert.deepEqual(await select([], {}), []);
});

Deno.test("select.gap keeps online what its rule written out keeps, in any order of arrival, and releases losers at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(0, 0.5, 1, 2, 5),
      fc.constantFrom("lowest", "highest"),
      fc.infiniteStream(fc.nat()),
      async (scores, least, most, gap, keep, shuffle) => {
        const released = new Set<number>();
        const chunks = scores.map((score, i) => heldChunk(i, score, released))
          .map((chunk) => [shuffle.next().value!, chunk] as const)
          .sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
        const limit = Math.max(least, most);
        let [offered, waiting] = [0, 0];
        const ctx = testContext();
        const counted = new Observable<KvChunk>((subscriber) => {
          for (const chunk of chunks) {
            offered++;
            subscriber.next(chunk);
            waiting = Math.max(waiting, offered - released.size);
          }
          subscriber.complete();
        });
        const options = { least, most, gap, keep };
        const kept = await collect(
          runStage(selectGap, { chunks: counted }, options, ctx).chunks,
        );
        const sign = keep === "lowest" ? 1 : -1;
        const ranked = scores.map((score, index) => ({ score, index }))
          .sort((a, b) => sign * (a.score - b.score) || a.index - b.index);
        const middle = naiveMedian(scores);
        const spread = naiveMedian(scores.map((s) => Math.abs(s - middle)));
        const best = ranked.filter(({ score }, rank) =>
          rank < least ||
          rank < limit && Math.abs(score - ranked[0]!.score) <= gap * spread
        ).map(({ index }) => index).sort((a, b) => a - b);
        assert.deepEqual(kept.map(({ chunk }) => chunk.index), best);
        assert(waiting <= limit);
        assert.equal(released.size, scores.length - best.length);
        assert.deepEqual(new Set(chunksThat(ctx, "dropped")), released);
        assert.deepEqual(chunksThat(ctx, "kept"), best);
      },
    ),
    { numRuns: 80 },
  );
});

Deno.test("select.gap fails at the first chunk when the budget cannot hold what it may keep", async () => {
  const { chunks, model } = await fakeCase();
  const each = (1 + chunks[0]!.tokens.length) * model.bytesPerEntry;
  const run = async (most: number) => {
    const test = await fakeCase({ budget: 3 * each });
    const prefilled = runStage(
      prefill,
      { chunks: from(test.chunks), model: held(test.model) },
      {},
      test.ctx,
    ).chunks;
    const scored =
      runStage(scoreRandom, { chunks: prefilled, prompt: of() }, {}, test.ctx)
        .chunks;
    const kept = await collect(
      runStage(selectGap, { chunks: scored }, { most }, test.ctx).chunks,
    );
    for (const chunk of kept) chunk.release();
    assert.deepEqual([test.model.live, test.ctx.budget.used], [0, 0]);
  };
  await assert.rejects(run(4), { message: /Keeping 4 of 4 chunks needs/ });
  await run(2);
});

Deno.test("select.gap releases what it holds when the run fails, and refuses chunks without a score", async () => {
  const released = new Set<number>();
  const chunks = concat(
    of(heldChunk(0, 1, released), heldChunk(1, 2, released)),
    throwError(() => new Error("upstream")),
  );
  await assert.rejects(
    collect(runStage(selectGap, { chunks }, {}, testContext()).chunks),
    { message: "upstream" },
  );
  assert.deepEqual(released, new Set([0, 1]));
  await assert.rejects(select([NaN], {}), {
    name: "TypeError",
    message: "Chunk 0 has score 'NaN'; put a scorer before select.gap",
  });
});
