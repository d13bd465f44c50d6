import assert from "node:assert/strict";
import { from, of } from "rxjs";
import {
  evictRandom,
  type KvChunk,
  scoreAttentionMass,
} from "../../../stages/mod.ts";
import {
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "../fake_case.ts";
import { naiveAttention } from "../fake_transformer.ts";
import { collect } from "../stage_context.ts";

const score = async (
  { ctx, prompt, model }: FakeCase,
  chunks: readonly KvChunk[],
  options: object = {},
) => {
  const inputs = {
    chunks: from(chunks),
    prompt: of(prompt),
    model: held(model),
  };
  const run = runStage(scoreAttentionMass, inputs, options, ctx);
  return await collect(run.chunks);
};

/** The mean over the question's rows and all heads of what a layer pays behind the lead. */
function massOf({ model, prompt }: FakeCase, held: KvChunk, l: number): number {
  const { cache, question, chunk } = held;
  const { heads, kvHeads } = model.config;
  const [from, to] = prompt.scored;
  const { entries, positions } = cache.layers[l]!;
  let sum = 0;
  for (let row = from; row < to; row++) {
    const one = Float32Array.from(prompt.tail, (_, r) => r === row ? 1 : 0); // [rows]
    const paid = naiveAttention(cache, question!, one, heads)[l]!; // [heads, entries]
    paid.forEach((mass, i) => {
      const group = Math.floor(Math.floor(i / entries) * kvHeads / heads);
      const at = positions[group * entries + i % entries]!;
      if (at >= chunk.lead.length) sum += mass;
    });
  }
  return sum / heads / (to - from);
}

Deno.test("score.attention-mass is what the question's rows pay to the chunk behind its lead", async () => {
  const test = await fakeCase();
  const scored = await score(test, await askedChunks(test));
  assert.equal(scored.length, 4);
  for (const held of scored) {
    const mean = (massOf(test, held, 0) + massOf(test, held, 1)) / 2;
    assert(Math.abs(held.score! - mean) < 1e-5);
    assert(held.score! > 0 && held.score! < 1);
    assert.equal(held.better, "high");
  }
  assert.equal(new Set(scored.map((held) => held.score)).size, 4);
});

Deno.test("score.attention-mass counts the layers that are asked for", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  for (const [layers, l] of [[[0, 0.5], 0], [[0.5, 1], 1], [[1, 1], 1]]) {
    const scored = await score(test, asked, { layers });
    for (const held of scored) {
      assert(Math.abs(held.score! - massOf(test, held, l as number)) < 1e-5);
    }
  }
});

Deno.test("score.attention-mass works on chunks from which entries were dropped", async () => {
  const test = await fakeCase();
  const evicted = await collect(
    runStage(
      evictRandom,
      {
        chunks: from(await askedChunks(test)),
        model: held(test.model),
        allocator: of(),
      } as never,
      { keep: { share: 0.4 } },
      test.ctx,
    ).chunks,
  );
  for (const held of await score(test, evicted)) {
    const mean = (massOf(test, held, 0) + massOf(test, held, 1)) / 2;
    assert(Math.abs(held.score! - mean) < 1e-5);
  }
});
