import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, from, NEVER, Observable, of, throwError } from "rxjs";
import { type KvChunk, selectEarly } from "../../../stages/mod.ts";
import { runStage } from "../fake_case.ts";
import { chunksThat, collect, testContext } from "../stage_context.ts";
import { heldChunk } from "./held_chunk.ts";

/** What is kept of chunks that come in turn, and how many were read. */
async function select(scores: readonly number[], options: object) {
  const ctx = testContext();
  const chunks = scores.map((score, i) => heldChunk(i, score));
  const run = runStage(selectEarly, { chunks: from(chunks) }, options, ctx);
  const kept = await collect(run.chunks);
  const all = kept.map(({ chunk }) => chunk.index);
  assert.deepEqual(chunksThat(ctx, "kept"), all);
  return [kept[0]?.read, all] as const;
}

const plain = { n: 2, least: 4, gap: 4, patience: 0 };

Deno.test("select.early stops where one score stands out of enough others, and keeps the best up to there", async () => {
  const scores = [1.0, 1.1, 0.1, 0.9, 1.2, 1.0, 0.0];
  assert.deepEqual(await select(scores, plain), [4, [2, 3]]);
  assert.deepEqual(await select(scores, { ...plain, least: 5 }), [5, [2, 3]]);
  const late = [1.0, 1.1, 0.9, 1.2, 1.0, 0.1, 1.1, 1.2];
  assert.deepEqual(await select(late, plain), [6, [2, 5]]);
});

Deno.test("select.early reads all chunks where none stands out", async () => {
  const even = [1.0, 1.1, 0.9, 1.2, 1.3, 1.05];
  assert.deepEqual(await select(even, plain), [6, [0, 2]]);
  const near = [1.0, 1.1, 0.9, 1.2, 0.5, 1.05];
  assert.deepEqual(await select(near, plain), [5, [2, 4]]);
  assert.deepEqual(await select(near, { ...plain, gap: 9 }), [6, [2, 4]]);
  assert.deepEqual(await select(near, { ...plain, nats: 0.6 }), [6, [2, 4]]);
  assert.deepEqual(await select([1, 1, 1, 1, 1, 1], plain), [6, [0, 1]]);
  assert.deepEqual(await select([], plain), [undefined, []]);
});

Deno.test("select.early never stops before it has as many chunks as it keeps", async () => {
  const scores = [1.0, 0.1, 1.1, 0.9, 1.2, 1.0];
  const options = { ...plain, n: 5, least: 1 };
  assert.deepEqual(await select(scores, options), [5, [0, 1, 2, 3, 4]]);
});

Deno.test("select.early waits for as many further chunks as it has patience, and begins anew where a better one comes", async () => {
  const scores = [1.0, 1.1, 0.1, 0.9, 1.2, 1.0, 1.1, 1.2, 1.0];
  assert.deepEqual(await select(scores, { ...plain, patience: 1 }), [
    4,
    [2, 3],
  ]);
  assert.deepEqual((await select(scores, { ...plain, patience: 3 }))[0], 6);
  const better = scores.with(5, 0.05);
  const patient = { ...plain, patience: 3 };
  assert.deepEqual(await select(better, patient), [9, [2, 5]]);
  assert.deepEqual((await select(better, { ...plain, patience: 2 }))[0], 5);
});

Deno.test("select.early waits for as many chunks to stand out as it is told", async () => {
  const scores = [1.0, 0.2, 1.1, 0.9, 1.2, 0.3, 1.0, 1.1];
  const two = { ...plain, standing: 2 };
  assert.deepEqual(await select(scores, plain), [4, [1, 3]]);
  assert.deepEqual(await select(scores, two), [7, [1, 5]]);
});

Deno.test("select.early follows what the scorer calls good", async () => {
  const scores = [1.0, 1.1, 5.1, 0.9, 1.2, 1.0];
  const high = { ...plain, keep: "highest" };
  assert.deepEqual(await select(scores, high), [4, [1, 2]]);
  assert.equal((await select(scores, plain))[0], 6);
});

Deno.test("select.early leaves its input when it has read enough, and releases whatever it does not keep", async () => {
  const released = new Set<number>();
  let left = false;
  const scores = [1.0, 1.1, 0.1, 0.9];
  const chunks = new Observable<KvChunk>((subscriber) => {
    for (const [i, score] of scores.entries()) {
      assert(!left, "it is left at once");
      subscriber.next(heldChunk(i, score, released));
    }
    return () => left = true;
  });
  const endless = concat(chunks, NEVER);
  const ctx = testContext();
  const run = runStage(selectEarly, { chunks: endless }, plain, ctx);
  const kept = await collect(run.chunks);
  assert.deepEqual(kept.map(({ chunk }) => chunk.index), [2, 3]);
  assert.equal(left, true);
  assert.deepEqual(released, new Set([0, 1]));
  assert.deepEqual(new Set(chunksThat(ctx, "dropped")), released);
});

/** The rule written out: how many scores are read. */
function naiveRead(
  scores: readonly number[],
  { n, least, standing, gap, patience }: {
    readonly n: number;
    readonly least: number;
    readonly standing: number;
    readonly gap: number;
    readonly patience: number;
  },
): number {
  const middle = (numbers: readonly number[]) => {
    const sorted = [...numbers].sort((a, b) => a - b);
    while (sorted.length > 2) {
      sorted.splice(0, sorted.length, ...sorted.slice(1, -1));
    }
    return sorted.reduce((a, b) => a + b) / sorted.length;
  };
  const standingAt = (read: number) => {
    const seen = scores.slice(0, read);
    const best = seen.map((score, i) => [score, i] as const)
      .sort(([a, i], [b, j]) => a - b || i - j).slice(0, standing);
    if (read <= standing) return undefined;
    const centre = middle(seen);
    const spread = middle(seen.map((score) => Math.abs(score - centre)));
    const out = best.every(([score]) => centre - score > gap * spread);
    return out ? best.map(([, i]) => i).join() : undefined;
  };
  for (let read = Math.max(n, least); read < scores.length; read++) {
    const now = standingAt(read);
    const before = Array.from(
      { length: Math.min(patience, read) },
      (_, i) => standingAt(read - 1 - i),
    );
    if (now === undefined || before.length < patience) continue;
    if (before.every((one) => one === now)) return read;
  }
  return scores.length;
}

Deno.test("select.early keeps the same chunks, and reads as many, in whatever order workers deliver", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30 }), {
        minLength: 1,
        maxLength: 30,
      }),
      fc.record({
        n: fc.integer({ min: 1, max: 4 }),
        least: fc.integer({ min: 1, max: 6 }),
        standing: fc.integer({ min: 1, max: 2 }),
        gap: fc.constantFrom(0.5, 1, 2, 4),
        patience: fc.integer({ min: 0, max: 3 }),
      }),
      fc.shuffledSubarray([...Array(30).keys()], { minLength: 30 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 4 })),
      async (scores, options, turns, late) => {
        const released = new Set<number>();
        const ranks = [...scores.keys()].sort((a, b) => turns[a]! - turns[b]!);
        const turnOf = (index: number) => ranks.indexOf(index);
        const arriving = scores.map((score, index) => {
          const turn = turnOf(index);
          const at = turn + late.next().value!;
          return { at, chunk: heldChunk(index, score, released, { turn }) };
        }).sort((a, b) => a.at - b.at).map(({ chunk }) => chunk);
        const ctx = testContext();
        const run = runStage(
          selectEarly,
          { chunks: from(arriving) },
          options,
          ctx,
        );
        const kept = await collect(run.chunks);
        const inTurn = ranks.map((index) => scores[index]!);
        const read = naiveRead(inTurn, options);
        const best = ranks.slice(0, read)
          .sort((a, b) => scores[a]! - scores[b]! || a - b)
          .slice(0, options.n).sort((a, b) => a - b);
        assert.deepEqual(kept.map(({ chunk }) => chunk.index), best);
        for (const chunk of kept) assert.equal(chunk.read, read);
        assert.equal(released.size, scores.length - kept.length);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("select.early releases what it holds, and what waits for its turn, when the run fails", async () => {
  const released = new Set<number>();
  const chunks = concat(
    of(heldChunk(0, 1, released), heldChunk(3, 2, released)),
    throwError(() => new Error("upstream")),
  );
  await assert.rejects(
    collect(runStage(selectEarly, { chunks }, {}, testContext()).chunks),
    { message: "upstream" },
  );
  assert.deepEqual(released, new Set([0, 3]));
  await assert.rejects(select([NaN], {}), {
    name: "TypeError",
    message: "Chunk 0 has score 'NaN'; put a scorer before select.early",
  });
});
