import assert from "node:assert/strict";
import type { LanguageModel } from "../../../kernels/language_model.ts";
import { loadModel } from "../../../kernels/load_model.ts";
import { exportedModel } from "../../exported_model.ts";
import { golden } from "../../golden.ts";
import { maxDiff } from "../random_model.ts";

/** Largest differences to transformers in fp32. */
const EXPORTS = {
  optimum_llama: { logits: 1e-3, kv: 1e-3 },
  optimum_qwen2: { logits: 1e-3, kv: 1e-3 },
  optimum_gemma2: { logits: 1e-3, kv: 1e-3 },
  genai_llama: { logits: 1e-3, kv: 1e-3 },
  optimum_qwen2_fp16: { logits: 0.05, kv: 0.02 },
  genai_qwen2_fp16: { logits: 0.05, kv: 0.02 },
} as const;

async function prefilled(model: LanguageModel, ids: Int32Array) {
  return (await model.prefill([{ ids }]))[0]!.cache;
}

function argmax(logits: Float32Array): number {
  return logits.reduce((best, v, i) => v > logits[best]! ? i : best, 0);
}

for (const [name, limit] of Object.entries(EXPORTS)) {
  Deno.test(`loadModel() of '${name}' equals transformers: logits, KV, greedy tokens`, async () => {
    await using exported = await exportedModel(name);
    await using model = await loadModel(exported.path);
    const expected = await golden(`${exported.source}/model`);
    const ids = Int32Array.from(expected.int32("ids").data);
    const { vocab, headDim } = model.config;

    const logits = expected.float32("logits").data; // [rows, vocab]
    for (const [i, row] of expected.int32("rows").data.entries()) {
      if (row === 0) continue;
      const cache = await prefilled(model, ids.slice(0, row));
      await using decoder = await model.decode(cache, row);
      const ours = await decoder.step(ids.slice(row, row + 1));
      const diff = maxDiff(ours, logits.subarray(i * vocab, (i + 1) * vocab));
      assert(diff < limit.logits, `row ${row}: max difference ${diff}`);
    }

    const cache = await prefilled(model, ids);
    const positions = expected.int32("positions").data;
    let compared = 0;
    for (const kind of ["keys", "values"] as const) {
      const reference = expected.float32(kind).data; // [layers, kvHeads, positions, headDim]
      let at = 0;
      for (const layer of cache.layers) {
        for (let h = 0; h < cache.kvHeads; h++) {
          for (const p of positions) {
            const theirs = reference.subarray(at, at += headDim);
            const { entries } = layer;
            const entry = layer.positions
              .subarray(h * entries, (h + 1) * entries).indexOf(p);
            if (entry < 0) continue; // a sliding layer let it go
            const from = (h * entries + entry) * headDim;
            const ours = layer[kind].subarray(from, from + headDim);
            const diff = maxDiff(ours, theirs);
            assert(diff < limit.kv, `${kind}: max difference ${diff}`);
            compared++;
          }
        }
      }
    }

    assert(compared >= 2 * cache.kvHeads * positions.length);

    await using decoder = await model.decode(
      await prefilled(model, ids.slice(0, -1)),
      ids.length - 1,
    );
    let next = ids.slice(-1);
    const leads = expected.float32("greedy_leads").data;
    for (const [i, token] of expected.int32("greedy").data.entries()) {
      if (leads[i]! < 2 * limit.logits) break; // a near tie
      next = Int32Array.of(argmax(await decoder.step(next)));
      assert.equal(next[0], token, `token ${i}`);
    }
  });
}

Deno.test("loadModel() of exports: prefill() of ragged chunks equals chunks one by one, questions included", async () => {
  for (const name of ["optimum_llama", "genai_llama"]) {
    await using exported = await exportedModel(name);
    await using model = await loadModel(exported.path);
    const tail = Int32Array.of(7, 99, 104, 30);
    const items = [40, 9, 1].map((n) => ({
      ids: Int32Array.from({ length: n }, (_, i) => (i * 37 + n) % 250),
      tail,
    }));
    const batch = await model.prefill(items);
    for (const [i, item] of items.entries()) {
      const [alone] = await model.prefill([item]);
      const found = batch[i]!;
      for (const [l, layer] of found.cache.layers.entries()) {
        const { keys, values } = alone!.cache.layers[l]!;
        assert(maxDiff(layer.keys, keys) < 1e-4);
        assert(maxDiff(layer.values, values) < 1e-4);
        for (const kind of ["queries", "keys"] as const) {
          const ours = found.question![kind][l]!;
          assert(maxDiff(ours, alone!.question![kind][l]!) < 1e-4);
        }
      }
      const { logProbs } = found.question!;
      const reference = alone!.question!.logProbs;
      assert(maxDiff(logProbs.slice(1), reference.slice(1)) < 1e-4);
    }
  }
});

Deno.test("loadModel() of exports: requery(), attention() and rowQueries() equal those of the same weights in a folder", async () => {
  const { pathname } = new URL(
    "../../fixtures/models/gqa_sharded",
    import.meta.url,
  );
  await using own = await loadModel(pathname);
  for (const name of ["optimum_llama", "genai_llama"]) {
    await using exported = await exportedModel(name);
    await using model = await loadModel(exported.path);
    const ids = Int32Array.from({ length: 50 }, (_, i) => (i * 31 + 5) % 250);
    const tail = Int32Array.of(10, 80, 81, 82, 258);
    const weights = new Float32Array(tail.length).fill(1);
    const [ours, theirs] = await Promise.all([model, own].map(async (m) => {
      const cache = await prefilled(m, ids);
      const [asked] = await m.requery([{ cache, position: 50 }], tail);
      const rows = await m.rowQueries(ids, 44);
      return {
        logProbs: [asked!.logProbs.slice(1)],
        queries: asked!.queries,
        keys: asked!.keys,
        attention: await m.attention(cache, asked!, weights),
        rows: rows.queries,
        own: await m.ownAttention(cache, rows, new Float32Array(6).fill(1)),
      };
    }));
    for (const kind of Object.keys(ours!) as (keyof typeof ours)[]) {
      const found = ours![kind] as readonly Float32Array[];
      const expected = theirs![kind] as readonly Float32Array[];
      for (const [l, layer] of found.entries()) {
        const diff = maxDiff(layer, expected[l]!);
        assert(diff < 1e-3, `${name}, ${kind} of layer ${l}: ${diff}`);
      }
    }
  }
});
