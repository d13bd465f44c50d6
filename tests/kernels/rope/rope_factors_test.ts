import assert from "node:assert/strict";
import type { ModelConfig } from "../../../io/model_config.ts";
import { Arena } from "../../../kernels/cache/arena.ts";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import { RopeCache } from "../../../kernels/rope/rope_cache.ts";
import { keepEntries } from "../../../stages/cache/keep_entries.ts";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";

const config: ModelConfig = {
  ...smallConfig,
  ropeScaling: {
    type: "longrope",
    short: Float32Array.from({ length: 8 }, (_, i) => 1 + i / 10),
    long: Float32Array.from({ length: 8 }, (_, i) => 2 + i),
    originalWindow: 20,
    attentionFactor: 1.2,
  },
};
type Model = Awaited<ReturnType<typeof randomModel>>;

async function prefilled(model: Model, ...lengths: number[]) {
  const batch = lengths.map((length) => ({ ids: randomIds(length, length) }));
  return (await model.prefill(batch)).map(({ cache }) => cache);
}

function keys(cache: KvCache): number[] {
  return cache.layers.flatMap((layer) => [...layer.keys]);
}

Deno.test("prefill() turns every chunk by the factors of its own length, in a batch too", async () => {
  await using model = await randomModel({ config });
  const together = await prefilled(model, 30, 12, 21, 20);
  assert.deepEqual(together.map(({ ropeFactors }) => ropeFactors), [
    "long",
    "short",
    "long",
    "short",
  ]);
  for (const [i, length] of [30, 12, 21, 20].entries()) {
    const [apart] = await prefilled(model, length);
    assert(maxDiff(keys(together[i]!), keys(apart!)) < 1e-5, `${length}`);
  }
});

Deno.test("a question that passes the original window turns as the chunk before it, in one pass and in two", async () => {
  await using model = await randomModel({ config });
  const tail = randomIds(9, 3);
  const lengths = [30, 18, 20];
  const caches = await prefilled(model, ...lengths);
  const items = caches.map((cache, i) => ({ cache, position: lengths[i]! }));
  const asked = await model.requery(items, tail);
  const onePass = await model.prefill(
    lengths.map((length) => ({ ids: randomIds(length, length), tail })),
  );
  for (const [i, { cache, position }] of items.entries()) {
    const found = asked[i]!.logProbs.slice(1);
    assert(maxDiff(found, onePass[i]!.question!.logProbs.slice(1)) < 1e-4);
    await using state = await model.decode(cache, position);
    for (const [row, id] of tail.slice(0, -1).entries()) {
      const logits = await state.step(Int32Array.of(id)); // [vocab]
      const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
      const logProb = logits[tail[row + 1]!]! - Math.log(total);
      assert(Math.abs(logProb - found[row]!) < 1e-4, `item ${i}, row ${row}`);
    }
  }
});

Deno.test("scaling by the length follows the run: dynamic and yarn turn alike in one pass and in two", async () => {
  const window = { originalWindow: 20 };
  const ramp = { ...window, betaFast: 32, betaSlow: 1 };
  for (
    const ropeScaling of [
      { type: "dynamic", factor: 2, ...window },
      { type: "yarn", factor: 1, byLength: true, ...ramp },
    ] as const
  ) {
    await using model = await randomModel({
      config: { ...config, ropeScaling },
    });
    const [ids, tail] = [randomIds(30, 5), randomIds(9, 3)];
    const [once] = await model.prefill([{ ids, tail, positions: 39 }]);
    const [chunk] = await model.prefill([{ ids, positions: 39 }]);
    const { cache } = chunk!;
    assert.equal(cache.ropeFactors, 39, ropeScaling.type);
    const [asked] = await model.requery([{ cache, position: 30 }], tail);
    const found = asked!.logProbs.subarray(1);
    const expected = once!.question!.logProbs.subarray(1);
    assert(maxDiff(found, expected) < 1e-4, ropeScaling.type);
    const [short] = await model.prefill([{ ids }]);
    assert(maxDiff(keys(short!.cache), keys(cache)) > 1e-3, ropeScaling.type);
    const own = await model.rowQueries(ids, 20, undefined, cache.ropeFactors);
    const [all] = await model.prefill([{
      ids: ids.subarray(0, 20),
      tail: ids.subarray(20),
      positions: 39,
    }]);
    own.queries.forEach((queries, l) =>
      assert(maxDiff(queries, all!.question!.queries[l]!) < 1e-4, `${l}`)
    );
  }
});

Deno.test("a chunk whose run reaches further turns by the factors for that, its own rows' queries too", async () => {
  await using model = await randomModel({ config });
  const ids = randomIds(12, 12);
  const [far] = await model.prefill([{ ids, positions: 21 }]);
  const [near] = await model.prefill([{ ids, positions: 20 }]);
  assert.equal(far!.cache.ropeFactors, "long");
  assert.equal(near!.cache.ropeFactors, "short");
  assert(maxDiff(keys(far!.cache), keys(near!.cache)) > 1e-2);
  const tail = randomIds(9, 3); // up to position 20
  const [asked] = await model.requery(
    [{ cache: far!.cache, position: 12 }],
    tail,
  );
  // Full attention over all 21 positions.
  const all = Int32Array.of(...ids, ...tail);
  const rows = await model.rowQueries(all, 12);
  const own = await model.rowQueries(ids, 0, undefined, "long");
  const whole = await model.rowQueries(all, 0);
  const { heads, headDim } = config;
  for (const [l, queries] of asked!.queries.entries()) {
    assert(maxDiff(queries, rows.queries[l]!) < 1e-4, `layer ${l}`);
    for (let h = 0; h < heads; h++) {
      const mine = own.queries[l]!.subarray(
        h * 12 * headDim,
        (h + 1) * 12 * headDim,
      );
      const theirs = whole.queries[l]!.subarray(
        h * 21 * headDim,
        (h * 21 + 12) * headDim,
      );
      assert(maxDiff(mine, theirs) < 1e-4, `layer ${l}, head ${h}`);
    }
  }
});

Deno.test("keepEntries() keeps the factors, and does not join chunks of different ones", async () => {
  await using model = await randomModel({ config });
  const [long, short, longer] = await prefilled(model, 30, 12, 31);
  const all = (cache: KvCache, chunk: number) => ({
    cache,
    chunk,
    keep: cache.layers.map(({ positions }) =>
      new Uint8Array(positions.length).fill(1)
    ),
  });
  const joined = keepEntries(new Arena(), [all(long!, 0), all(longer!, 1)]);
  assert.equal(joined.ropeFactors, "long");
  assert.throws(
    () => keepEntries(new Arena(), [all(long!, 0), all(short!, 4)]),
    {
      name: "RangeError",
      message: /Cannot join chunks 0 and 4: .*'long' factors.*'short'/,
    },
  );
});

Deno.test("RopeCache.feeds() gives layers with a RoPE of their own a second table", () => {
  const local: ModelConfig = {
    ...smallConfig,
    localRope: { theta: 500, scaling: { type: "none" } },
    layerKinds: ["local", "model", "none"].map((rope) => ({
      rope: rope as "local" | "model" | "none",
    })),
  };
  const feeds = new RopeCache(local).feeds(3, 4);
  const plain = new RopeCache(smallConfig).feeds(3, 4);
  const other = new RopeCache({ ...smallConfig, ropeTheta: 500 }).feeds(3, 4);
  assert.deepEqual(Object.keys(plain), ["cos", "sin"]);
  assert.deepEqual(feeds.cos, plain.cos);
  assert.deepEqual(feeds.local_sin, other.sin);
  assert.deepEqual(feeds.local_cos?.dims, [4, 8]);
});
