import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, from, Observable, of, throwError } from "rxjs";
import {
  type Chunk,
  type KvChunk,
  prefill,
  scoreRandom,
  selectTop,
} from "../../../stages/mod.ts";
import {
  answerOver,
  askedChunks,
  fakeCase,
  held,
  runStage,
} from "../fake_case.ts";
import { chunksThat, collect, testContext } from "../stage_context.ts";

const cache = { kvHeads: 1, headDim: 1, layers: [], bytes: 0 };
/** A chunk that says when it is released. */
const scoredChunk = (
  index: number,
  score: number,
  count: number,
  released: Set<number>,
): KvChunk => ({
  chunk: {
    index,
    count,
    lead: new Int32Array(),
    tokens: new Int32Array(),
    byteStart: 0,
    byteEnd: 0,
    line: 1,
  } as Chunk,
  cache,
  entriesBefore: 0,
  score,
  retain: () => {},
  release: () => void released.add(index),
});

Deno.test("row 12: select.top keeps online what a sort would keep, and releases losers at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 6 }), {
        minLength: 1,
        maxLength: 40,
        size: "max",
      }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom("lowest", "highest"),
      fc.infiniteStream(fc.nat()),
      async (scores, n, keep, shuffle) => {
        const released = new Set<number>();
        const chunks = scores.map((score, i) =>
          scoredChunk(i, score, scores.length, released)
        )
          .map((chunk) => [shuffle.next().value!, chunk] as const)
          .sort(([a], [b]) => a - b).map(([, chunk]) => chunk);
        let most = 0;
        let offered = 0;
        const ctx = testContext();
        const counted: Observable<KvChunk> = new Observable((s) => {
          for (const chunk of chunks) {
            offered++;
            s.next(chunk);
            most = Math.max(most, offered - released.size);
          }
          s.complete();
        });
        const kept = await collect(
          runStage(selectTop, { chunks: counted }, { n, keep }, ctx).chunks,
        );
        const sign = keep === "lowest" ? 1 : -1;
        const best = scores.map((score, index) => ({ score, index }))
          .sort((a, b) => sign * (a.score - b.score) || a.index - b.index)
          .slice(0, n).map((c) => c.index).sort((a, b) => a - b);
        assert.deepEqual(kept.map((chunk) => chunk.chunk.index), best);
        assert(most <= n);
        assert.equal(released.size, scores.length - best.length);
        assert.deepEqual(new Set(chunksThat(ctx, "dropped")), released);
        assert.deepEqual(chunksThat(ctx, "kept"), best);
      },
    ),
    { numRuns: 80 },
  );
});

Deno.test("row 12: peak KV memory does not grow with the document", async () => {
  const peaks: number[] = [];
  for (const length of [700, 1500]) {
    const test = await fakeCase({ text: "word ".repeat(length / 5) });
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
      runStage(selectTop, { chunks: scored }, { n: 2 }, test.ctx).chunks,
    );
    assert.equal(kept.length, 2);
    assert(test.chunks.length > 5);
    assert.equal(test.model.live, 2);
    peaks.push(test.model.peak);
  }
  assert.equal(peaks[0], peaks[1]);
});

Deno.test("row 10: select.top keeps the planted chunk with lowest and drops it with highest", async () => {
  for (const keep of ["lowest", "highest"] as const) {
    const released = new Set<number>();
    const chunks = [2.1, 0.4, 3.3, 1.0, 0.9, 5.0].map((s, i) =>
      scoredChunk(i, s, 6, released)
    );
    const kept = await collect(
      runStage(
        selectTop,
        { chunks: from(chunks) },
        { n: 3, keep },
        testContext(),
      ).chunks,
    );
    const indices = kept.map((chunk) => chunk.chunk.index);
    assert.deepEqual(indices, keep === "lowest" ? [1, 3, 4] : [0, 2, 5]);
  }
});

Deno.test("row 49: select.top fails at the first chunk when the budget cannot hold what it keeps", async () => {
  const run = async (n: number | "all", budget: number) => {
    const test = await fakeCase({ budget });
    const prefilled = runStage(
      prefill,
      { chunks: from(test.chunks), model: held(test.model) },
      {},
      test.ctx,
    ).chunks;
    const scored =
      runStage(scoreRandom, { chunks: prefilled, prompt: of() }, {}, test.ctx)
        .chunks;
    return await collect(
      runStage(selectTop, { chunks: scored }, { n: n as number }, test.ctx)
        .chunks,
    );
  };
  const { chunks, model } = await fakeCase();
  const each = (1 + chunks[0]!.tokens.length) * model.bytesPerEntry;
  await assert.rejects(run("all", 3 * each), {
    name: "BudgetError",
    message: `Keeping 4 of 4 chunks needs ${
      4 * each
    } bytes of KV (4 x ${each} kept + 0 x ${each} in flight), the memory budget is ${
      3 * each
    }; keep fewer chunks or raise the budget`,
  });
  await assert.rejects(run(3, 3 * each), { message: /Keeping 3 of 4 chunks/ });
  assert.equal((await run(2, 3 * each)).length, 2);
  assert.equal((await run("all", 4 * each)).length, 4);
});

Deno.test("select.top does not refuse a budget that may do because other chunks are smaller", async () => {
  const test = await fakeCase();
  const chunks = test.chunks.map((chunk, i) =>
    i === 0 ? chunk : { ...chunk, tokens: chunk.tokens.subarray(0, 80) }
  );
  const sizes = chunks.map(({ lead, tokens }) => lead.length + tokens.length);
  const all = sizes.reduce((a, b) => a + b) * test.model.bytesPerEntry;
  assert(all < 4 * sizes[0]! * test.model.bytesPerEntry);
  const ctx = testContext({ budget: all });
  const prefilled = runStage(
    prefill,
    { chunks: from(chunks), model: held(test.model) },
    {},
    ctx,
  ).chunks;
  const scored =
    runStage(scoreRandom, { chunks: prefilled, prompt: of() }, {}, ctx).chunks;
  const best = runStage(selectTop, { chunks: scored }, { n: "all" }, ctx);
  assert.equal((await collect(best.chunks)).length, 4);
});

Deno.test("select.top releases what it holds when the run fails", async () => {
  const released = new Set<number>();
  const chunks = concat(
    of(scoredChunk(0, 1, 3, released), scoredChunk(1, 2, 3, released)),
    throwError(() => new Error("upstream")),
  );
  await assert.rejects(
    collect(runStage(selectTop, { chunks }, {}, testContext()).chunks),
    { message: "upstream" },
  );
  assert.deepEqual(released, new Set([0, 1]));
});

Deno.test("select.top refuses chunks without a score", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  await assert.rejects(
    collect(runStage(selectTop, { chunks: from(asked) }, {}, test.ctx).chunks),
    {
      name: "TypeError",
      message: "Chunk 0 has score 'undefined'; put a scorer before select.top",
    },
  );
});

Deno.test("I7: a chunk that is not kept does not change the answer", async () => {
  const answer = async (text: string, n: number) => {
    const test = await fakeCase({ text });
    const asked = (await askedChunks(test)).slice(0, n);
    return (await answerOver(test, asked)).answer;
  };
  const text = "a".repeat(120) + "b".repeat(120);
  assert.equal(
    await answer(text, 1),
    await answer(text.slice(0, 120) + "c".repeat(120), 1),
  );
});
