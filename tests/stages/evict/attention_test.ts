import assert from "node:assert/strict";
import { EMPTY, from, lastValueFrom, of } from "rxjs";
import {
  calibrate,
  evictAttention,
  evictAttentionMerged,
  EvictAttentionOptions,
  type KvChunk,
  merge,
} from "../../../stages/mod.ts";
import {
  answerOver,
  askedChunks,
  type FakeCase,
  fakeCase,
  held,
  runStage,
} from "../fake_case.ts";
import { naiveAttention } from "../fake_transformer.ts";
import { chunksThat, collect } from "../stage_context.ts";

type Options = Parameters<typeof EvictAttentionOptions.parse>[0] & object;

const evict = (test: FakeCase, chunks: readonly KvChunk[], options: Options) =>
  collect(
    runStage(
      evictAttention,
      { chunks: from(chunks), model: held(test.model), allocator: of() },
      options,
      test.ctx,
    ).chunks,
  );

/** Positions every KV head keeps, by layer. */
const positions = ({ cache }: Pick<KvChunk, "cache">) =>
  cache.layers.map(({ entries, positions, counts }) =>
    Array.from({ length: cache.kvHeads }, (_, h) => [
      ...positions.subarray(
        h * entries,
        h * entries + (counts?.[h] ?? entries),
      ),
    ])
  );

/** The paper's votes, written again from the text: eq. 5–7, per layer and KV head. */
function naiveVotes(
  { cache, question, chunk }: KvChunk,
  { rows, pool, keep }: { rows: number; pool: number; keep: number },
): number[][][] {
  const total = question!.ids.length;
  const weights = Float32Array.from(
    { length: total },
    (_, r) => r >= total - rows ? 1 : 0,
  );
  const mass = naiveAttention(cache, question!, weights, 4);
  const lead = chunk.lead.length;
  return mass.map((layer, l) => {
    const n = cache.layers[l]!.entries;
    return [0, 1].map((kvHead) => {
      const sum = Array.from(
        { length: n },
        (_, i) => layer[2 * kvHead * n + i]! + layer[(2 * kvHead + 1) * n + i]!,
      );
      const pooled = sum.map((_, i) =>
        Math.max(
          ...sum.slice(Math.max(0, i - (pool - 1) / 2), i + (pool - 1) / 2 + 1),
        )
      );
      const order = [...pooled.keys()].filter((i) => i >= lead)
        .sort((a, b) =>
          Math.fround(pooled[b]!) - Math.fround(pooled[a]!) || a - b
        );
      return [...Array(lead).keys(), ...order.slice(0, keep - lead)].sort((
        a,
        b,
      ) => a - b);
    });
  });
}

Deno.test("row 17: evict.attention keeps k entries of every layer and KV head, those of the naive reference", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const expected = asked.map((chunk) =>
    naiveVotes(chunk, { rows: 99, pool: 31, keep: 40 })
  );
  const evicted = await evict(test, asked, { keep: { entries: 40 } });
  for (const [i, chunk] of evicted.entries()) {
    assert(
      chunk.cache.layers.every((layer) =>
        layer.entries === 40 && !layer.counts
      ),
    );
    assert.deepEqual(positions(chunk), expected[i]);
    assert.equal(chunk.entriesBefore, 1 + chunk.chunk.tokens.length);
  }
  assert.deepEqual(chunksThat(test.ctx, "evicted"), [0, 1, 2, 3]);
});

Deno.test("row 17: keys and values are gathered with their entries", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const full = chunk!.cache.layers.map(({ keys, values }) => ({
    keys: keys.slice(),
    values: values.slice(),
  }));
  const entries = chunk!.entriesBefore;
  const [evicted] = await evict(test, [chunk!], { keep: { share: 0.3 } });
  for (const [l, layer] of evicted!.cache.layers.entries()) {
    for (const [h, row] of positions(evicted!)[l]!.entries()) {
      for (const [i, at] of row.entries()) {
        for (const name of ["keys", "values"] as const) {
          const got = layer[name].subarray((h * layer.entries + i) * 8)
            .subarray(0, 8);
          assert.deepEqual(
            got,
            full[l]![name].slice(
              (h * entries + at) * 8,
              (h * entries + at + 1) * 8,
            ),
          );
        }
      }
    }
  }
});

Deno.test("row 18: the paper's votes (last 8 rows, max-pool 7) equal their reference, and options change the result", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const run = async (options: Options) => {
    const copies = asked.map((chunk) => ({
      ...chunk,
      retain() {},
      release() {},
    }));
    return (await evict(test, copies, { keep: { entries: 40 }, ...options }))
      .map(positions);
  };
  const paper = await run({ rows: 8, pool: 7 });
  assert.deepEqual(
    paper,
    asked.map((chunk) => naiveVotes(chunk, { rows: 8, pool: 7, keep: 40 })),
  );
  const others = [{ rows: 1, pool: 7 }, { rows: 8, pool: 1 }, {
    rows: 8,
    pool: 7,
    reduce: "max",
  }, {
    rows: 8,
    pool: 7,
    share: "layer",
  }] as const;
  for (const other of others) {
    assert.notDeepEqual(await run(other), paper, JSON.stringify(other));
  }
  const mean = await run({ rows: 8, pool: 7, reduce: "mean" });
  assert.deepEqual(mean, paper, "mean ranks as sum does");
  const all = await run({ rows: "question", pool: 7 });
  assert.deepEqual(
    await run({ rows: 500, pool: 7 }),
    all,
    "never more rows than the question has",
  );
  assert.throws(() => EvictAttentionOptions.parse({ pool: 8 }), /must be odd/);
});

Deno.test("row 19: keeping as many entries as there are changes nothing", async () => {
  const plain = await fakeCase();
  const expected = await answerOver(plain, await askedChunks(plain));
  for (const keep of [{ entries: 500 }, { share: 1 }]) {
    const test = await fakeCase();
    const asked = await askedChunks(test);
    const evicted = await evict(test, asked, { keep });
    assert(evicted.every((chunk, i) => chunk === asked[i]));
    assert.deepEqual(await answerOver(test, evicted), expected);
  }
});

Deno.test("row 20: the capacity is never changed: two documents in either order give the same", async () => {
  const options = EvictAttentionOptions.parse({ keep: { entries: 60 } });
  const run = async (texts: string[]) => {
    const answers = new Map<string, unknown>();
    for (const text of texts) {
      const test = await fakeCase({ text });
      const inputs = {
        chunks: from(await askedChunks(test)),
        model: held(test.model),
        allocator: of(),
      };
      const evicted = await collect(
        evictAttention.run(inputs, options, test.ctx).chunks,
      );
      answers.set(text, [
        evicted.map(positions),
        await answerOver(test, evicted),
      ]);
    }
    return answers;
  };
  const [short, long] = ["short ".repeat(6), "long text. ".repeat(25)];
  assert.deepEqual(await run([short, long]), await run([long, short]));
  assert.deepEqual(options.keep, { entries: 60 });
});

Deno.test("row 21: evict.attention-merged keeps entries x chunks in all; a short input passes", async () => {
  const run = async (entries: number) => {
    const test = await fakeCase();
    const asked = await askedChunks(test);
    asked[3]!.release();
    const context = runStage(
      merge,
      { chunks: from(asked.slice(0, 3)), model: EMPTY },
      {},
      test.ctx,
    )
      .context;
    const inputs = {
      context,
      prompt: of(test.prompt),
      model: held(test.model),
      allocator: of(),
    };
    return {
      test,
      merged: await lastValueFrom(
        runStage(evictAttentionMerged, inputs, { keep: { entries } }, test.ctx)
          .context,
      ),
    };
  };
  const { test, merged } = await run(30);
  assert(merged.cache.layers.every((layer) => layer.entries === 90));
  assert(
    positions(merged).every((layer) => layer.every((head) => head[0] === 0)),
    "BOS stays",
  );
  assert.equal(
    test.ctx.budget.total - test.ctx.budget.free,
    merged.cache.bytes,
  );
  const short = await run(1000);
  assert(short.merged.cache.layers.every((layer) => layer.entries > 300));
});

Deno.test("row 23: bytes are 2 x layers x KV heads x head size x entries x 4", async () => {
  const test = await fakeCase();
  const evicted = await evict(test, await askedChunks(test), {
    keep: { entries: 40 },
  });
  for (const { cache } of evicted) {
    assert.equal(cache.bytes, 2 * 2 * 2 * 8 * 40 * 4);
    const held = cache.layers.reduce(
      (sum, l) => sum + l.keys.byteLength + l.values.byteLength,
      0,
    );
    assert.equal(cache.bytes, held);
  }
});

Deno.test("row 30: calibration and eviction together keep what both say", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const inputs = { chunks: from(asked), model: held(test.model) };
  const rules = [{ zone: "all" as const, lambda: 0.03, rows: 4 }];
  const calibrated = await collect(
    runStage(calibrate, inputs, { rules }, test.ctx).chunks,
  );
  const left = calibrated.map(positions);
  assert(
    left.some((chunk, i) =>
      chunk.flat().some((head) => head.length < asked[i]!.entriesBefore)
    ),
  );
  const evicted = await evict(test, calibrated, {
    keep: { entries: 40 },
    pool: 7,
  });
  for (const [i, chunk] of evicted.entries()) {
    for (const [l, layer] of positions(chunk).entries()) {
      for (const [h, head] of layer.entries()) {
        assert.equal(head.length, 40);
        assert(
          head.every((at) => left[i]![l]![h]!.includes(at)),
          "nothing calibrated away comes back",
        );
      }
    }
  }
  const { kept, contextTokens } = await answerOver(test, evicted);
  assert.deepEqual(kept.map((chunk) => chunk.entries), [40, 39, 39, 39]);
  assert.equal(contextTokens, 157);
});

Deno.test("evict.attention shares a set among a layer's heads, or the whole model", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const copies = () =>
    asked.map((chunk) => ({ ...chunk, retain() {}, release() {} }));
  for (
    const chunk of await evict(test, copies(), {
      keep: { entries: 30 },
      share: "layer",
    })
  ) {
    const [first, second] = positions(chunk);
    assert.deepEqual(first![0], first![1]);
    assert.deepEqual(second![0], second![1]);
    assert.notDeepEqual(first, second);
  }
  for (
    const chunk of await evict(test, copies(), {
      keep: { entries: 30 },
      share: "model",
    })
  ) {
    const sets = positions(chunk).flat();
    assert(sets.every((set) => set.join() === sets[0]!.join()));
  }
  const rules = [{ zone: "all" as const, lambda: 0.03, rows: 4 }];
  const inputs = { chunks: from(asked), model: held(test.model) };
  const ragged = await collect(
    runStage(calibrate, inputs, { rules }, test.ctx).chunks,
  );
  await assert.rejects(
    evict(test, ragged, { keep: { entries: 30 }, share: "layer" }),
    {
      message:
        /Cannot share 'layer': the heads of layer \d hold different entries/,
    },
  );
});

Deno.test("evict.attention says when the question was not asked", async () => {
  const test = await fakeCase();
  const [chunk] = await askedChunks(test);
  const { question: _, ...unasked } = { ...chunk!, retain() {}, release() {} };
  await assert.rejects(evict(test, [unasked], { keep: { entries: 30 } }), {
    name: "TypeError",
    message:
      "Chunk 0 was not asked the question; put requery before evict.attention",
  });
});
