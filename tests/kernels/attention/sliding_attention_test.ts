import assert from "node:assert/strict";
import { Arena } from "../../../kernels/cache/arena.ts";
import { int8Cache } from "../../../kernels/cache/int8_cache.ts";
import type { KvCache, Tempering } from "../../../kernels/cache/kv_cache.ts";
import { naiveOwnAttention } from "../../stages/naive_own_attention.ts";
import { floatCache } from "../float_cache.ts";
import { hostAttention } from "../host_attention.ts";
import { maxDiff, noise, randomIds, randomModel } from "../random_model.ts";
import { slidingConfig as config } from "../sliding_config.ts";

const { heads, kvHeads, headDim, layerKinds } = config;
const sightOf = (layer: number) => {
  const { sliding } = layerKinds![layer]!;
  return {
    scale: config.attentionScale!,
    cap: config.scoreCap!,
    ...(sliding && { sliding }),
  };
};
type Model = Awaited<ReturnType<typeof randomModel>>;

async function prefilled(model: Model, count: number): Promise<KvCache> {
  const [found] = await model.prefill([{ ids: randomIds(count, count) }]);
  return found!.cache;
}

/** Two chunks as one cache: positions come twice, and the shorter chunk's end before the question's first row. */
function merged(a: KvCache, b: KvCache): KvCache {
  const join = <T extends Float32Array | Int32Array>(
    x: T,
    y: T,
    per: number,
  ) => {
    const all = new (x.constructor as new (n: number) => T)(
      x.length + y.length,
    );
    for (let h = 0; h < kvHeads; h++) {
      const [m, n] = [x.length / kvHeads, y.length / kvHeads];
      all.set(x.subarray(h * m, (h + 1) * m), h * (m + n));
      all.set(y.subarray(h * n, (h + 1) * n), h * (m + n) + m);
    }
    assert.equal(all.length % per, 0);
    return all;
  };
  return {
    ...a,
    layers: a.layers.map((layer, l) => {
      const other = b.layers[l]!;
      return {
        entries: layer.entries + other.entries,
        keys: join(layer.keys, other.keys, headDim), // [kvHeads, entries, headDim]
        values: join(layer.values, other.values, headDim), // [kvHeads, entries, headDim]
        positions: join(layer.positions, other.positions, 1), // [kvHeads, entries]
      };
    }),
  };
}

Deno.test("prefill() holds of sliding layers what rows behind the chunk can see", async () => {
  await using model = await randomModel({ config });
  const held = async (count: number) =>
    (await prefilled(model, count)).layers.map(({ positions, entries }) => [
      positions[0],
      positions.at(-1),
      entries,
    ]);
  assert.deepEqual(await held(30), [[22, 29, 8], [0, 29, 30], [22, 29, 8]]);
  assert.deepEqual(await held(5), [[0, 4, 5], [0, 4, 5], [0, 4, 5]]);
  const { bytes } = await prefilled(model, 30);
  assert.equal(bytes, (8 + 30 + 8) * 2 * kvHeads * headDim * 4);
});

const tempering: Tempering = { temperature: 0.6, scale: 0.9, from: 2 };
for (
  const [name, more] of Object.entries({ plain: {}, tempered: { tempering } })
) {
  Deno.test(`attention() sees through caps and sliding windows by positions (${name})`, async () => {
    await using model = await randomModel({ config });
    const cache = {
      ...merged(await prefilled(model, 30), await prefilled(model, 26)),
      ...more,
    };
    const tail = randomIds(12, 2);
    const [question] = await model.requery([{ cache, position: 30 }], tail);
    const weights = noise(12, 4); // [rows]
    const mass = await model.attention(cache, question!, weights);
    for (const [l, layer] of cache.layers.entries()) {
      const { entries } = layer;
      const rows = hostAttention(
        layer,
        question!.queries[l]!,
        question!.keys[l]!,
        { heads, kvHeads, headDim, rows: 12 },
        cache.tempering,
        { ...sightOf(l), position: 30 },
      ); // [heads, rows, entries]
      const expected = Float32Array.from(
        { length: heads * entries },
        (_, i) => {
          const [h, e] = [Math.floor(i / entries), i % entries];
          let sum = 0;
          for (let r = 0; r < 12; r++) {
            sum += weights[r]! * rows[(h * 12 + r) * entries + e]!;
          }
          return sum;
        },
      ); // [heads, entries]
      const diff = maxDiff(mass[l]!, expected);
      assert(diff < 1e-5, `layer ${l}: ${diff}`);
    }
  });
}

Deno.test("attention() refuses a question without a position where layers slide", async () => {
  await using model = await randomModel({ config });
  const cache = await prefilled(model, 12);
  const [asked] = await model.requery(
    [{ cache, position: 12 }],
    randomIds(3, 2),
  );
  const { position: _, ...question } = asked!;
  await assert.rejects(
    model.attention(cache, question, Float32Array.of(1, 1, 1)),
    { name: "TypeError", message: /the question must say its position/ },
  );
});

Deno.test("ownAttention() sees through caps and sliding windows", async () => {
  await using model = await randomModel({ config });
  const ids = randomIds(40, 40);
  const cache = await prefilled(model, 40);
  const rows = await model.rowQueries(ids, 3);
  const weights = noise(rows.rows, 4); // [rows]
  const mass = await model.ownAttention(cache, rows, weights);
  const expected = naiveOwnAttention(cache, rows, weights, sightOf);
  for (const [l, layer] of mass.entries()) {
    const diff = maxDiff(layer, expected[l]!);
    assert(diff < 1e-5, `layer ${l}: ${diff}`);
  }
});

Deno.test("requery() of merged caches together equals one by one, and decode() row by row", async () => {
  await using model = await randomModel({ config });
  const [a, b] = [await prefilled(model, 30), await prefilled(model, 26)];
  const items = [
    { cache: merged(a, b), position: 30 },
    { cache: b, position: 26 },
  ];
  const tail = randomIds(14, 5);
  const together = await model.requery(items, tail);
  for (const [i, item] of items.entries()) {
    const [apart] = await model.requery([item], tail);
    const found = together[i]!.logProbs.slice(1);
    assert(maxDiff(found, apart!.logProbs.slice(1)) < 1e-4);
    await using state = await model.decode(item.cache, item.position);
    for (const [row, id] of tail.slice(0, -1).entries()) {
      const logits = await state.step(Int32Array.of(id)); // [vocab]
      const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
      const logProb = logits[tail[row + 1]!]! - Math.log(total);
      assert(Math.abs(logProb - found[row]!) < 1e-4, `item ${i}, row ${row}`);
    }
  }
});

Deno.test("decode() over 8-bit and tempered entries of sliding layers equals the same numbers as floats", async () => {
  await using model = await randomModel({ config });
  const plain = merged(await prefilled(model, 30), await prefilled(model, 26));
  const logits = async (cache: KvCache) => {
    await using state = await model.decode(cache, 30);
    await state.step(randomIds(6, 9));
    return await state.step(randomIds(1, 10)); // [vocab]
  };
  for (const cache of [plain, { ...plain, tempering }]) {
    const int8 = int8Cache(new Arena(), cache);
    const expected = await logits(floatCache(int8));
    assert(maxDiff(await logits(int8), expected) < 1e-4);
  }
  const one = { ...plain, tempering: { temperature: 1, scale: 1, from: 0 } };
  assert(maxDiff(await logits(one), await logits(plain)) < 1e-5);
});
