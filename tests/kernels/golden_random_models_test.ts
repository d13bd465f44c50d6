import assert from "node:assert/strict";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { ropeFactors } from "../../kernels/rope/rope_factors.ts";
import { golden } from "../golden.ts";
import { maxDiff } from "./random_model.ts";

const folder = new URL("../fixtures/models/", import.meta.url);

async function prefilled(model: LanguageModel, ids: Int32Array) {
  return (await model.prefill([{ ids }]))[0]!.cache;
}

function argmax(logits: Float32Array): number {
  return logits.reduce((best, v, i) => v > logits[best]! ? i : best, 0);
}

const models = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const cases = models.flatMap((name) =>
  name === "phi3_longrope"
    ? [[name, "model"], [name, "short"]]
    : [[name, "model"]]
) as [string, string][];

for (const [name, which] of cases) {
  Deno.test(`row 36: '${name}' equals transformers: logits, KV, greedy tokens, ${which}`, async () => {
    await using model = await loadModel(new URL(name, folder).pathname);
    const expected = await golden(`${name}/${which}`);
    const ids = Int32Array.from(expected.int32("ids").data);
    const { vocab } = model.config;
    const factors = (length: number) => ropeFactors(model.config, length);

    const logits = expected.float32("logits").data; // [rows, vocab]
    for (const [i, row] of expected.int32("rows").data.entries()) {
      // The golden is one pass over all ids, which a shorter chunk may turn by other factors.
      const alike = factors(row) === factors(ids.length);
      if (row === 0 || !alike) continue;
      await using decoder = await model.decode(
        await prefilled(model, ids.slice(0, row)),
        row,
      );
      const ours = await decoder.step(ids.slice(row, row + 1));
      const diff = maxDiff(ours, logits.subarray(i * vocab, (i + 1) * vocab));
      assert(diff < 2e-3, `row ${row}: max difference ${diff}`);
    }

    const cache = await prefilled(model, ids);
    const positions = expected.int32("positions").data;
    const size = model.config.headDim;
    for (const kind of ["keys", "values"] as const) {
      const reference = expected.float32(kind).data; // [layers, kvHeads, positions, headDim]
      let at = 0;
      for (const layer of cache.layers) {
        for (let h = 0; h < cache.kvHeads; h++) {
          const first = ids.length - layer.entries; // of a sliding layer, what rows behind see
          for (const p of positions) {
            const expected = reference.subarray(at, at += size);
            if (p < first) continue;
            const from = (h * layer.entries + p - first) * size;
            const ours = layer[kind].subarray(from, from + size);
            const diff = maxDiff(ours, expected);
            assert(diff < 1e-3, `${kind}: max difference ${diff}`);
          }
        }
      }
    }

    await using decoder = await model.decode(
      await prefilled(model, ids.slice(0, -1)),
      ids.length - 1,
    );
    let next = ids.slice(-1);
    const greedy = [];
    const tokens = expected.int32("greedy").data;
    for (let i = 0; i < tokens.length; i++) {
      next = Int32Array.of(argmax(await decoder.step(next)));
      greedy.push(next[0]);
    }
    assert.deepEqual(greedy, [...tokens]);
  });
}
