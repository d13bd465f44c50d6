import assert from "node:assert/strict";
import { Arena } from "../../../kernels/cache/arena.ts";
import { int8Cache } from "../../../kernels/cache/int8_cache.ts";
import type { KvCache, Tempering } from "../../../kernels/cache/kv_cache.ts";
import { floatCache } from "../float_cache.ts";
import { hostAttention } from "../host_attention.ts";
import {
  maxDiff,
  noise,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";

const { heads, kvHeads, headDim } = smallConfig;
type Model = Awaited<ReturnType<typeof randomModel>>;

async function prefilled(model: Model, count: number, seed = count) {
  const [{ cache }] = await model.prefill([{
    ids: randomIds(count, seed),
  }]) as [
    { cache: KvCache },
  ];
  return cache;
}

/** The cache with what calibrators may add. */
function corrected(
  cache: KvCache,
  more: { tempering?: Tempering; bias?: boolean; counts?: Int32Array },
): KvCache {
  return {
    ...cache,
    ...(more.tempering && { tempering: more.tempering }),
    layers: cache.layers.map((layer, l) => ({
      ...layer,
      ...(more.counts && { counts: more.counts }),
      ...(more.bias && { bias: noise(kvHeads * layer.entries, 50 + l, 2) }), // [kvHeads, entries]
    })),
  };
}

const tempering: Tempering = { temperature: 0.6, scale: 0.9, from: 2 };
const forms = {
  bias: { bias: true },
  tempered: { tempering },
  "bias, tempered, ragged": {
    bias: true,
    tempering,
    counts: Int32Array.of(30, 17),
  },
} as const;

/** Logits behind a cache. */
async function logits(model: Model, cache: KvCache, position: number) {
  await using state = await model.decode(cache, position);
  await state.step(randomIds(4, 9));
  return await state.step(randomIds(1, 10)); // [vocab]
}

for (const [name, form] of Object.entries(forms)) {
  Deno.test(`attention() of a corrected cache equals naive softmax on the host (${name})`, async () => {
    await using model = await randomModel();
    const cache = corrected(await prefilled(model, 30), form);
    const tail = randomIds(5, 2);
    const [question] = await model.requery([{ cache, position: 30 }], tail);
    const weights = Float32Array.of(0, 0.5, 1, 2, 1); // [rows]
    const mass = await model.attention(cache, question!, weights);
    for (const [l, layer] of cache.layers.entries()) {
      const rows = hostAttention(
        layer,
        question!.queries[l]!,
        question!.keys[l]!,
        { heads, kvHeads, headDim, rows: 5 },
        cache.tempering,
      ); // [heads, rows, entries]
      const expected = Float32Array.from({ length: heads * 30 }, (_, i) => {
        let sum = 0;
        for (let r = 0; r < 5; r++) {
          sum += weights[r]! *
            rows[(Math.floor(i / 30) * 5 + r) * 30 + i % 30]!;
        }
        return sum;
      }); // [heads, entries]
      assert(maxDiff(mass[l]!, expected) < 1e-5, `layer ${l}`);
    }
  });

  Deno.test(`requery() of corrected caches together equals one by one, and decode() (${name})`, async () => {
    await using model = await randomModel();
    const plain = await prefilled(model, 40);
    const cache = corrected(await prefilled(model, 30), form);
    const tail = randomIds(5, 42);
    const items = [{ cache: plain, position: 40 }, { cache, position: 30 }];
    const together = await model.requery(items, tail);
    for (const [i, item] of items.entries()) {
      const [apart] = await model.requery([item], tail);
      const found = together[i]!.logProbs.slice(1);
      assert(maxDiff(found, apart!.logProbs.slice(1)) < 1e-4);
    }
    await using state = await model.decode(cache, 30);
    const last = await state.step(tail.slice(0, 4)); // [vocab]
    const most = Math.max(...last);
    const total = last.reduce((sum, v) => sum + Math.exp(v - most), 0);
    const logProb = last[tail[4]!]! - most - Math.log(total);
    assert(Math.abs(logProb - together[1]!.logProbs[4]!) < 1e-4);
    const without = await logits(model, { ...plain }, 30);
    assert(maxDiff(without, await logits(model, cache, 30)) > 1e-3);
  });
}

Deno.test("a bias far below zero equals an entry that is not there; a bias of zero, and a tempering of 1, nothing", async () => {
  await using model = await randomModel();
  const cache = await prefilled(model, 20);
  const hidden = corrected(cache, {});
  const bias = () => new Float32Array(kvHeads * 20); // [kvHeads, entries]
  const low: KvCache = {
    ...cache,
    layers: hidden.layers.map((layer) => ({
      ...layer,
      bias: bias().map((_, at) => at % 20 >= 15 ? -1e30 : 0),
    })),
  };
  const short: KvCache = {
    ...cache,
    layers: hidden.layers.map((layer) => ({
      ...layer,
      counts: Int32Array.of(15, 15),
    })),
  };
  assert.deepEqual(
    await logits(model, low, 20),
    await logits(model, short, 20),
  );
  const zero: KvCache = {
    ...cache,
    layers: cache.layers.map((layer) => ({ ...layer, bias: bias() })),
  };
  const plain = await logits(model, cache, 20);
  assert.deepEqual(await logits(model, zero, 20), plain);
  const one = { ...cache, tempering: { temperature: 1, scale: 1, from: 0 } };
  assert(maxDiff(await logits(model, one, 20), plain) < 1e-5);
});

for (
  const more of [{}, { bias: true, counts: Int32Array.of(25, 11) }, {
    tempering,
  }]
) {
  Deno.test(`row 56: decode() over 8-bit entries computes with what floatCache() says (${Object.keys(more)})`, async () => {
    await using model = await randomModel();
    const cache = corrected(await prefilled(model, 30), more);
    const int8 = int8Cache(new Arena(), cache);
    const expected = await logits(model, floatCache(int8), 30);
    const found = await logits(model, int8, 30);
    assert(maxDiff(found, expected) < 1e-4);
    assert(maxDiff(found, await logits(model, cache, 30)) > 1e-6);
  });
}

Deno.test("row 56: the error of an 8-bit number is at most half its scale", async () => {
  await using model = await randomModel();
  const cache = corrected(await prefilled(model, 30), {
    counts: Int32Array.of(30, 12),
  });
  const int8 = int8Cache(new Arena(), cache);
  const back = floatCache(int8);
  for (const [l, layer] of cache.layers.entries()) {
    const { keyScales, valueScales, keys } = int8.layers[l]!.int8!;
    assert(keys.buffer instanceof SharedArrayBuffer);
    for (let h = 0; h < kvHeads; h++) {
      for (let e = 0; e < layer.counts![h]!; e++) {
        for (let d = 0; d < headDim; d++) {
          const at = (h * 30 + e) * headDim + d;
          for (
            const [name, scale] of [
              ["keys", keyScales[h * headDim + d]!],
              ["values", valueScales[h * 30 + e]!],
            ] as const
          ) {
            const error = Math.abs(
              back.layers[l]![name][at]! - layer[name][at]!,
            );
            assert(error <= scale * 0.5001, `${name} ${at}: ${error}`);
            assert(scale > 0);
          }
        }
      }
    }
  }
  const words = 3 * kvHeads * (30 + headDim); // scales
  assert.equal(int8.bytes, cache.bytes / 4 + 4 * words);
});

Deno.test("requery() and attention() refuse 8-bit entries", async () => {
  await using model = await randomModel();
  const cache = await prefilled(model, 8);
  const tail = randomIds(3, 2);
  const [question] = await model.requery([{ cache, position: 8 }], tail);
  const int8 = int8Cache(new Arena(), cache);
  const refused = {
    name: "TypeError",
    message: /needs keys and values as floats/,
  };
  await assert.rejects(
    model.requery([{ cache: int8, position: 8 }], tail),
    refused,
  );
  await assert.rejects(
    model.attention(int8, question!, Float32Array.of(1, 1, 1)),
    refused,
  );
});
