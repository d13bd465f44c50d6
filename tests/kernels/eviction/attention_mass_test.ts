import assert from "node:assert/strict";
import type { KvCache } from "../../../kernels/cache/kv_cache.ts";
import { hostAttention } from "../host_attention.ts";
import {
  maxDiff,
  randomIds,
  randomModel,
  smallConfig,
} from "../random_model.ts";

Deno.test("attention() equals naive softmax on the host, ragged heads included", async () => {
  await using model = await randomModel();
  const { heads, kvHeads, headDim } = smallConfig;
  const ids = randomIds(40, 1);
  const tail = randomIds(6, 2);
  const [prefilled] = await model.prefill([{ ids }]);
  const full = prefilled!.cache;
  const ragged: KvCache = {
    ...full,
    layers: full.layers.map((layer, l) => ({
      ...layer,
      counts: Int32Array.of(40 - l, 25 + l),
    })),
  };
  const weights = Float32Array.of(0, 0.5, 1, 0, 2, 1);
  for (const cache of [full, ragged]) {
    const [asked] = await model.requery([{ cache, position: 40 }], tail);
    const question = asked!;
    const mass = await model.attention(cache, question, weights);
    for (const [l, layer] of cache.layers.entries()) {
      const rows = hostAttention(
        layer,
        question.queries[l]!,
        question.keys[l]!,
        { heads, kvHeads, headDim, rows: 6 },
      ); // [heads, rows, entries]
      const expected = Float32Array.from({ length: heads * 40 }, (_, i) => {
        const [h, j] = [Math.floor(i / 40), i % 40];
        let sum = 0;
        for (let r = 0; r < 6; r++) {
          sum += weights[r]! * rows[(h * 6 + r) * 40 + j]!;
        }
        return sum;
      }); // [heads, entries]
      assert(maxDiff(mass[l]!, expected) < 1e-5, `layer ${l}`);
    }
  }
});

Deno.test("attention() refuses weights of another length", async () => {
  await using model = await randomModel();
  const [prefilled] = await model.prefill([{ ids: randomIds(8, 1) }]);
  const item = { cache: prefilled!.cache, position: 8 };
  const [asked] = await model.requery([item], randomIds(3, 2));
  await assert.rejects(
    model.attention(prefilled!.cache, asked!, new Float32Array(2)),
    /Got 2 row weights for a question of 3 rows/,
  );
});
