import assert from "node:assert/strict";
import { from } from "rxjs";
import { loadModel } from "../../kernels/load_model.ts";
import { headEntries } from "../../stages/cache/new_cache.ts";
import { runCase } from "./case_run.ts";
import { caseNames, goldenCase, modelPath } from "./golden_case.ts";
import { eachHead, heldPositions } from "./held_entries.ts";
import { assertSameCache } from "./same_run.ts";

const models = ["gqa_sharded", "mha_tied"] as const;
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

for (const name of models) {
  Deno.test(`row 7: one BOS in every head of the merged cache, although chunk 0 is not kept: '${name}'`, async () => {
    await using model = await loadModel(modelPath(name));
    for (const caseName of caseNames(name)) {
      const { facts } = await goldenCase(name, caseName);
      using run = await runCase(model, facts);
      const [first] = run.best;
      assert.notEqual(first!.chunk.index, 0);
      assert.equal(first!.chunk.lead[0], model.config.bosId);
      const { cache } = run.context;
      for (const positions of heldPositions(cache)) {
        assert.equal(positions[0], 0, caseName);
        assert.equal(positions.lastIndexOf(0), 0, caseName);
      }
      eachHead(cache, (layer, head, l) => {
        const whole = first!.cache.layers[l]!;
        const key = ({ keys, entries }: typeof layer) =>
          keys.slice(head * entries * cache.headDim).slice(0, cache.headDim);
        assert.deepEqual(key(layer), key(whole), caseName);
      });
    }
  });

  Deno.test(`row 5: every chunk's positions start at 0, the question's behind the longest, also where entries went: '${name}'`, async () => {
    await using model = await loadModel(modelPath(name));
    for (const caseName of ["none", "paper"]) {
      const { facts } = await goldenCase(name, caseName);
      using even = await runCase(model, facts, { select: { n: "all" } });
      const uneven = even.chunks.map((chunk, i) => ({
        ...chunk,
        tokens: chunk.tokens.subarray(0, [50, 70, 84, 60, 55][i]),
      }));
      for (const chunks of [even.chunks, uneven]) {
        using run = await runCase(model, facts, {
          select: { n: "all" },
          replace: { "chunks.chunks": from(chunks) },
        });
        for (const { chunk, cache } of run.best) {
          const { length } = [...chunk.lead, ...chunk.tokens];
          const everything = Array.from({ length }, (_, i) => i);
          for (const positions of heldPositions(cache)) {
            assert.deepEqual(positions, everything);
          }
        }
        const longest = chunks === uneven ? 84 : 85;
        assert.deepEqual(run.asked.decodes, [longest + facts.lead.length]);
      }
    }
  });

  Deno.test(`row 31: the merged cache is as long as its chunks less the leads of all but the first: '${name}'`, async () => {
    const { facts } = await goldenCase(name, "none");
    await using model = await loadModel(modelPath(name));
    using run = await runCase(model, facts);
    const lead = facts.lead.length;
    const kept = run.best.map(({ chunk }) => lead + chunk.tokens.length);
    const length = sum(kept) - (kept.length - 1) * lead;
    for (const count of eachHead(run.context.cache, headEntries)) {
      assert.equal(count, length);
    }
    assert.equal(run.answer.contextTokens, length);
  });

  Deno.test(`rows 30, 31: with calibration and votes every head holds what both left of each chunk: '${name}'`, async () => {
    for (const caseName of ["paper", "votes_then_calibrate"]) {
      const { facts } = await goldenCase(name, caseName);
      await using model = await loadModel(modelPath(name));
      using run = await runCase(model, facts);
      const [, last] = facts.order!;
      const chunks = run.after[last]!.map(({ cache }) => heldPositions(cache));
      const expected = chunks[0]!.map((_, head) =>
        sum(
          chunks.map((heads, i) =>
            heads[head]!.filter((at) => i === 0 || at >= facts.lead.length)
              .length
          ),
        )
      );
      const counts = eachHead(run.context.cache, headEntries);
      assert.deepEqual(counts, expected);
      const most = facts.select * facts.votes!.keep;
      assert(counts.every((count) => count <= most));
      const before = run.best.map(({ entriesBefore }) => entriesBefore);
      assert(most < sum(before));
    }
  });

  Deno.test(`row 21: votes over the merged cache keep entries x chunks in every head, and all of a shorter one: '${name}'`, async () => {
    const { facts } = await goldenCase(name, "merged_votes");
    await using model = await loadModel(modelPath(name));
    using run = await runCase(model, facts);
    const counts = eachHead(run.context.cache, headEntries);
    assert(counts.every((count) => count === 40 * 3));

    const short = { ...facts, text: facts.text!.slice(0, 20) };
    using whole = await runCase(model, short);
    assert.equal(whole.context.cache.layers[0]!.entries, 20 + 3);
    assertSameCache(whole.context.cache, whole.merged.cache);
  });

  Deno.test(`row 23: a cache has keys and values of its KV heads alone: '${name}'`, async () => {
    const { facts } = await goldenCase(name, "votes_8_7");
    await using model = await loadModel(modelPath(name));
    const { layers, heads, kvHeads, headDim } = model.config;
    assert.equal(kvHeads < heads, name === "gqa_sharded");
    const entry = 2 * layers * kvHeads * headDim * 4;
    assert.equal(model.bytesPerEntry, entry);
    using run = await runCase(model, facts);
    for (const { cache, entriesBefore } of run.scored) {
      assert.equal(cache.bytes, entriesBefore * entry);
      for (const { keys, values } of cache.layers) {
        assert.equal(keys.length, kvHeads * entriesBefore * headDim);
        assert.equal(values.length, keys.length);
      }
    }
    for (const { cache } of run.after.votes!) {
      assert.equal(cache.bytes, facts.votes!.keep * entry);
    }
  });
}
