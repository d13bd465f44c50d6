import assert from "node:assert/strict";
import {
  evictAttention,
  evictExpectedAttention,
  evictH2o,
  evictHeadWeighted,
  evictKeyDiff,
  evictKnorm,
  evictLagKv,
  evictLookahead,
  evictNullContrast,
  evictorOf,
  evictSnapKv,
  evictTova,
  evictValueNorm,
  type KvChunk,
} from "../../../stages/mod.ts";
import { giveNeeds } from "../../../stages/evict/needs/give_needs.ts";
import { askedChunks, type FakeCase, fakeCase } from "../fake_case.ts";
import { naiveAttention } from "../fake_transformer.ts";
import { naiveOwnAttention } from "../naive_own_attention.ts";
import { best, copies, evict, positionsOf } from "./evict_case.ts";

/** One number an entry: layer, KV head, place. */
type Naive = (
  chunk: KvChunk,
  test: FakeCase,
) => Promise<(layer: number, head: number, entry: number) => number>;

const vector = (
  { cache }: KvChunk,
  name: "keys" | "values",
  l: number,
  h: number,
  i: number,
) => {
  const { headDim, layers } = cache;
  const at = (h * layers[l]!.entries + i) * headDim;
  return [...layers[l]![name].subarray(at, at + headDim)];
};
const norm = (x: readonly number[]) =>
  Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
const dot = (x: readonly number[], y: readonly number[]) =>
  x.reduce((sum, v, i) => sum + v * y[i]!, 0);
const mean = (x: readonly number[]) => x.reduce((a, b) => a + b) / x.length;
const around = (i: number, reach: number) =>
  Array.from({ length: 2 * reach + 1 }, (_, d) => i + d - reach);

/** Attention of the chunk's own last rows, [layer][head][entry]. */
async function own(
  { model }: FakeCase,
  { chunk, cache }: KvChunk,
  rows: number,
) {
  const ids = Int32Array.from([...chunk.lead, ...chunk.tokens]);
  const last = Math.min(rows, ids.length);
  const queries = await model.rowQueries(ids, ids.length - last);
  const ones = new Float32Array(last).fill(1);
  return naiveOwnAttention(cache, queries, ones);
}

const ofQuestion = ({ cache, question }: KvChunk) =>
  naiveAttention(
    cache,
    question!,
    new Float32Array(question!.ids.length).fill(1),
    4,
  );

/** Options, and the score written out for one entry; two query heads a KV head. */
const rules: Readonly<Record<string, [object, object, Naive]>> = {
  knorm: [
    evictKnorm,
    {},
    (chunk) =>
      Promise.resolve((l, h, i) => -norm(vector(chunk, "keys", l, h, i))),
  ],
  "value norm": [
    evictValueNorm,
    {},
    (chunk) =>
      Promise.resolve((l, h, i) => norm(vector(chunk, "values", l, h, i))),
  ],
  keydiff: [
    evictKeyDiff,
    {},
    (chunk) =>
      Promise.resolve((l, h, i) => {
        const units = Array.from({ length: chunk.entriesBefore }, (_, e) => {
          const key = vector(chunk, "keys", l, h, e);
          return key.map((k) => k / norm(key));
        });
        const anchor = units[0]!.map((_, d) => mean(units.map((u) => u[d]!)));
        return -dot(units[i]!, anchor);
      }),
  ],
  snapkv: [evictSnapKv, { window: 6, pool: 3 }, async (chunk, test) => {
    const mass = await own(test, chunk, 6);
    const n = chunk.entriesBefore;
    return (l, h, i) =>
      i >= n - 6 ? 9 + i : mean(
        around(i, 1).map((e) =>
          e < 0 || e >= n - 6
            ? 0
            : mass[l]![2 * h * n + e]! + mass[l]![(2 * h + 1) * n + e]!
        ),
      );
  }],
  tova: [evictTova, {}, async (chunk, test) => {
    const mass = await own(test, chunk, 1);
    const n = chunk.entriesBefore;
    return (l, _h, i) =>
      i === n - 1 ? 9 : mean([0, 1, 2, 3].map((h) => mass[l]![h * n + i]!));
  }],
  h2o: [evictH2o, {}, async (chunk, test) => {
    const mass = await own(test, chunk, 1e6);
    const n = chunk.entriesBefore;
    return (l, h, i) =>
      (mass[l]![2 * h * n + i]! + mass[l]![(2 * h + 1) * n + i]!) / (n - i);
  }],
  "the sum of h2o": [evictH2o, { average: false }, async (chunk, test) => {
    const mass = await own(test, chunk, 1e6);
    const n = chunk.entriesBefore;
    return (l, h, i) =>
      mass[l]![2 * h * n + i]! + mass[l]![(2 * h + 1) * n + i]!;
  }],
  "attention, average pool": [
    evictAttention,
    { pool: 5, pooling: "average" },
    (chunk) => {
      const mass = ofQuestion(chunk);
      const n = chunk.entriesBefore;
      return Promise.resolve((l, h, i) =>
        mean(
          around(i, 2).map((e) =>
            e < 0 || e >= n
              ? 0
              : mass[l]![2 * h * n + e]! + mass[l]![(2 * h + 1) * n + e]!
          ),
        )
      );
    },
  ],
  "attention, defensive": [
    evictAttention,
    { pool: 1, reduce: "defensive" },
    (chunk) => {
      const mass = ofQuestion(chunk);
      const n = chunk.entriesBefore;
      const largest = (l: number, h: number, i: number) =>
        Math.max(mass[l]![2 * h * n + i]!, mass[l]![(2 * h + 1) * n + i]!);
      return Promise.resolve((l, h, i) =>
        Math.max(
          largest(l, h, i),
          mean(Array.from({ length: n }, (_, e) => largest(l, h, e))),
        )
      );
    },
  ],
  "null contrast": [
    evictNullContrast,
    { pool: 1, weight: 2, reduce: "max" }, // most are below zero
    async (chunk, { model, prompt, ctx }) => {
      const { cache, question, entriesBefore: n } = chunk;
      const [given, nothing] = await Promise.all(
        (["attention", "null"] as const).map((need) =>
          giveNeeds([need], { cache, position: n, question: question! }, {
            model,
            prompt,
            amounts: {},
            signal: ctx.signal,
          })
        ),
      );
      const contrast = (l: number, at: number) =>
        given![l]!.attention![at]! - 2 * nothing![l]!.nullAttention![at]!;
      return (l, h, i) =>
        Math.max(
          contrast(l, 2 * h * n + i),
          contrast(l, (2 * h + 1) * n + i),
        );
    },
  ],
  "head weights": [
    evictHeadWeighted,
    {
      pool: 1,
      share: "none",
      heads: [
        { layer: 0, head: 1, weight: 2 },
        { layer: 0, head: 2 },
        { layer: 0, head: 3, weight: -0.5 },
        { layer: 1, head: 0 },
        { layer: 1, head: 3 },
      ],
    },
    (chunk) => {
      const mass = ofQuestion(chunk);
      const n = chunk.entriesBefore;
      return Promise.resolve((l, h, i) =>
        l === 1
          ? mass[1]![3 * h * n + i]!
          : h === 0
          ? 2 * mass[0]![n + i]!
          : mass[0]![2 * n + i]! - 0.5 * mass[0]![3 * n + i]!
      );
    },
  ],
};

for (const [name, [stage, options, naive]] of Object.entries(rules)) {
  Deno.test(`${name} keeps what its formula says`, async () => {
    const test = await fakeCase();
    const asked = (await askedChunks(test)).slice(0, 2);
    const keep = { entries: 30 };
    const evicted = await evict(stage, test, copies(asked), {
      keep,
      ...options,
    });
    for (const [c, chunk] of asked.entries()) {
      const score = await naive(chunk, test);
      const kept = positionsOf(evicted[c]!.cache);
      for (const [l, layer] of kept.entries()) {
        for (const [h, head] of layer.entries()) {
          const n = chunk.entriesBefore;
          const scores = Array.from({ length: n }, (_, i) => score(l, h, i));
          assert.deepEqual(head, best(scores, 30), `layer ${l}, head ${h}`);
        }
      }
    }
  });
}

const all = [
  evictAttention,
  evictExpectedAttention,
  evictH2o,
  evictHeadWeighted,
  evictKeyDiff,
  evictKnorm,
  evictLagKv,
  evictLookahead,
  evictNullContrast,
  evictSnapKv,
  evictTova,
  evictValueNorm,
];

for (const stage of all) {
  Deno.test(`${stage.name} scores what is left, also where heads hold different entries`, async () => {
    const test = await fakeCase();
    const asked = await askedChunks(test);
    const ragged = await evict(evictAttention, test, asked.slice(0, 1), {
      keep: { entries: 60 },
      pool: 1,
    });
    const options = { keep: { entries: 25 }, share: "none" };
    const before = positionsOf(ragged[0]!.cache);
    const [twice] = await evict(stage, test, copies(ragged), options);
    const kept = positionsOf(twice!.cache);
    assert.notDeepEqual(before[0]![0], before[0]![1]);
    for (const [l, layer] of kept.entries()) {
      for (const [h, head] of layer.entries()) {
        assert.equal(head.length, 25);
        assert(head.every((at) => before[l]![h]!.includes(at)));
      }
    }
    assert(evictorOf(stage)!.name === stage.name);
  });
}

Deno.test("evict.head-weighted reads its heads from a file, and refuses heads that the model has not", async () => {
  const heads = [{ layer: 0, head: 1 }, { layer: 1, head: 2, weight: 3 }];
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, JSON.stringify(heads));
    const test = await fakeCase();
    const asked = await askedChunks(test);
    const kept = async (options: object) => {
      const evicted = await evict(
        evictHeadWeighted,
        test,
        copies(asked),
        options,
      );
      return evicted.map(({ cache }) => positionsOf(cache));
    };
    assert.deepEqual(await kept({ file: path }), await kept({ heads }));
    assert.notDeepEqual(await kept({ heads }), await kept({}));
    await assert.rejects(kept({ heads: [{ layer: 2, head: 0 }] }), {
      name: "RangeError",
      message: /^Head 0 of layer 2 is not one of the model's 2 x 4/,
    });
    await Deno.writeTextFile(path, `[{ "layer": 0 }]`);
    await assert.rejects(kept({ file: path }), { message: /"0\.head"/ });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("evict.lookahead votes as its options say", async () => {
  const test = await fakeCase();
  const asked = await askedChunks(test);
  const kept = async (options: object) => {
    const evicted = await evict(evictLookahead, test, copies(asked), {
      keep: { entries: 30 },
      ...options,
    });
    return evicted.map(({ cache }) => positionsOf(cache));
  };
  const plain = await kept({});
  assert.deepEqual(
    plain,
    await kept({ tokens: 8, pool: 13, pooling: "average", reduce: "max" }),
  );
  for (const other of [{ tokens: 1 }, { question: true }, { pool: 1 }]) {
    assert.notDeepEqual(await kept(other), plain, JSON.stringify(other));
  }
});
