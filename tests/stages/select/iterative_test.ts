import assert from "node:assert/strict";
import { from, of } from "rxjs";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import {
  defineChunkScorer,
  evictRandom,
  type KvChunk,
  selectIterative,
} from "../../../stages/mod.ts";
import {
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  randomText,
  runStage,
} from "../fake_case.ts";
import { logProb } from "../fake_transformer.ts";
import { chunksThat, collect } from "../stage_context.ts";

/** Scores that say nothing of the question, so that the rounds decide. */
const given = [3, 1, 4, 2, 6, 5];
const scorer = defineChunkScorer({
  name: "test.given",
  score: ({ chunk }) => given[chunk.index]!,
});

async function scoredChunks(test: FakeCase): Promise<KvChunk[]> {
  const asked = await askedChunks(test);
  const inputs = { chunks: from(asked), prompt: of(test.prompt) };
  return await collect(runStage(scorer, inputs, {}, test.ctx).chunks);
}

const select = async (
  { model, prompt, ctx }: FakeCase,
  chunks: readonly KvChunk[],
  options: object,
) => {
  const inputs = {
    chunks: from(chunks),
    prompt: of(prompt),
    model: held(model),
  };
  const run = runStage(selectIterative, inputs, options, ctx);
  return await collect(run.chunks);
};

/** All entries of some chunks in order, row by row; of all but the first without the lead. */
function naiveJoin(chunks: readonly KvChunk[]): KvCache {
  const { kvHeads, headDim, layers } = chunks[0]!.cache;
  const joined = layers.map((_, l) => {
    const heads = Array.from(
      { length: kvHeads },
      (_, h) =>
        chunks.flatMap(({ cache, chunk }, i) => {
          const { entries, keys, values, positions } = cache.layers[l]!;
          return Array.from({ length: entries }, (_, e) => h * entries + e)
            .filter((at) => i === 0 || positions[at]! >= chunk.lead.length)
            .map((at) => ({
              key: keys.subarray(at * headDim, (at + 1) * headDim),
              value: values.subarray(at * headDim, (at + 1) * headDim),
              position: positions[at]!,
            }));
        }),
    );
    const all = heads.flat();
    return {
      entries: heads[0]!.length,
      keys: Float32Array.from(all.flatMap(({ key }) => [...key])), // [kvHeads, entries, headDim]
      values: Float32Array.from(all.flatMap(({ value }) => [...value])), // [kvHeads, entries, headDim]
      positions: Int32Array.from(all, ({ position }) => position), // [kvHeads, entries]
    };
  });
  return { kvHeads, headDim, layers: joined, bytes: 0 };
}

/** NLL of the question behind some chunks, in the document's order. */
function naiveNll(test: FakeCase, chunks: readonly KvChunk[]): number {
  const { tail, scored: [start, end] } = test.prompt;
  const ordered = chunks.toSorted((a, b) => a.chunk.index - b.chunk.index);
  const position = Math.max(...chunks.map((chunk) => chunk.entriesBefore));
  const { logits } = test.model.transformer.forward(
    tail,
    position,
    naiveJoin(ordered),
  );
  let nll = 0;
  for (let r = start; r < end; r++) nll -= logProb(logits[r - 1]!, tail[r]!);
  return nll / (end - start);
}

/** Greedy choice, written out. */
function naiveChoice(
  test: FakeCase,
  chunks: readonly KvChunk[],
  n: number,
  rounds = Infinity,
): number[] {
  let left = chunks.toSorted((a, b) => a.score! - b.score!);
  const chosen = [left[0]!];
  left = left.slice(1);
  for (let round = 1; chosen.length < n && left.length > 0; round++) {
    if (round <= rounds) {
      const nll = new Map(
        left.map((chunk) => [chunk, naiveNll(test, [...chosen, chunk])]),
      );
      left = left.toSorted((a, b) => nll.get(a)! - nll.get(b)!);
    }
    chosen.push(left[0]!);
    left = left.slice(1);
  }
  return chosen.map((c) => c.chunk.index).sort((a, b) => a - b);
}

Deno.test("select.iterative chooses the chunk behind which, with those chosen, the question is least surprising", async () => {
  let unlike = 0;
  for (const seed of [1, 2, 3]) {
    const test = await fakeCase({
      text: randomText(700, seed),
      model: { seed },
    });
    assert.equal(test.chunks.length, 6);
    const scored = await scoredChunks(test);
    for (const n of [1, 2, 3, 4]) {
      const expected = naiveChoice(test, scored, n);
      const kept = await select(
        test,
        scored.map((chunk) => (chunk.retain(), chunk)),
        { n },
      );
      assert.deepEqual(kept.map(({ chunk }) => chunk.index), expected);
      const top = given.map((score, i) => [score, i] as const).sort()
        .slice(0, n).map(([, i]) => i).sort();
      if (expected.join() !== top.join()) unlike++;
      for (const chunk of kept) chunk.release();
    }
    for (const chunk of scored) chunk.release();
    assert.deepEqual([test.model.live, test.ctx.budget.used], [0, 0]);
  }
  assert(unlike > 3, "the rounds matter");
});

Deno.test("select.iterative fills places by the last scores when its rounds are over", async () => {
  const test = await fakeCase({ text: randomText(700) });
  const scored = await scoredChunks(test);
  const keep = async (options: object) => {
    const copies = scored.map((chunk) => (chunk.retain(), chunk));
    const kept = await select(test, copies, options);
    for (const chunk of kept) chunk.release();
    return kept.map(({ chunk }) => chunk.index);
  };
  const one = await keep({ n: 4, rounds: 1 });
  assert.deepEqual(one, naiveChoice(test, scored, 4, 1));
  assert.deepEqual(await keep({ n: 3, rounds: 0 }), [0, 1, 3]);
});

Deno.test("select.iterative holds candidates only: the others are released as they lose", async () => {
  const test = await fakeCase({ text: randomText(700) });
  const scored = await scoredChunks(test);
  const before = test.model.positions.length;
  const kept = await select(test, scored, { n: 2, candidates: 3 });
  const candidates = scored.filter((c) => c.score! <= 3);
  assert.equal(candidates.length, 3);
  assert.deepEqual(
    kept.map(({ chunk }) => chunk.index),
    naiveChoice(test, candidates, 2),
  );
  assert.equal(test.model.positions.length - before, 2, "two were asked again");
  assert.equal(test.model.live, 2);
  assert.deepEqual(
    chunksThat(test.ctx, "kept"),
    kept.map((c) => c.chunk.index),
  );
  assert.equal(chunksThat(test.ctx, "dropped").length, 4);
});

Deno.test("select.iterative asks nothing again where everything is kept", async () => {
  const test = await fakeCase({ text: randomText(300) });
  const scored = await scoredChunks(test);
  const before = test.model.positions.length;
  assert.equal((await select(test, scored, { n: 3 })).length, 3);
  assert.equal(test.model.positions.length, before);
});

Deno.test("select.iterative works behind an evictor", async () => {
  const test = await fakeCase({ text: randomText(700), model: { seed: 4 } });
  const scored = await scoredChunks(test);
  const inputs = {
    chunks: from(scored),
    model: held(test.model),
    allocator: of(),
  };
  const evicted = await collect(
    runStage(
      evictRandom,
      inputs as never,
      { keep: { entries: 40 } },
      test.ctx,
    ).chunks,
  );
  const expected = naiveChoice(test, evicted, 3);
  const kept = await select(test, evicted, { n: 3 });
  assert.deepEqual(kept.map(({ chunk }) => chunk.index), expected);
});
