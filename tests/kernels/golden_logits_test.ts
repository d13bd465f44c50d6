import assert from "node:assert/strict";
import { loadModel } from "../../kernels/load_model.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { golden } from "../golden.ts";
import { maxDiff } from "./random_model.ts";

const root = new URL("../../", import.meta.url).pathname;

/** Logits behind the first `rows` ids, through `prefill` and one decoding step. */
async function logitsAt(
  model: LanguageModel,
  ids: Int32Array,
  row: number,
): Promise<Float32Array> {
  const [prefilled] = await model.prefill([{ ids: ids.slice(0, row) }]);
  const cache = prefilled!.cache;
  await using decoder = await model.decode(cache, row);
  const logits = await decoder.step(ids.slice(row, row + 1));
  cache.dispose?.();
  return logits;
}

Deno.test("logits of the bundled model equal transformers on 1,000 tokens", async () => {
  await using model = await loadModel(`${root}models/tiny/tiny-q8_0.gguf`);
  const expected = await golden("tiny/logits");
  const ids = Int32Array.from(expected.int32("ids").data);
  const { data: rows } = expected.int32("rows");
  const whole = expected.float32("row_logits").data; // [8, vocab]
  for (const [i, row] of rows.entries()) {
    if (row === 0) continue;
    const logits = await logitsAt(model, ids, row);
    const reference = whole.subarray(i * 8192, (i + 1) * 8192);
    const diff = maxDiff(logits, reference);
    assert(diff < 2e-3, `row ${row}: max difference ${diff}`);
  }
  // Every row through one pass: log P of the next token against the reference's column and logsumexp.
  const [onePass] = await model.prefill([
    { ids: ids.slice(0, 1), tail: ids.slice(1) },
  ]);
  const { logProbs } = onePass!.question!;
  const argmax = expected.int32("argmax").data;
  const max = expected.float32("max").data;
  const total = expected.float32("logsumexp").data;
  let compared = 0;
  for (let i = 1; i < 999; i++) {
    if (argmax[i] !== ids[i + 1]) continue;
    compared++;
    const diff = Math.abs(logProbs[i]! - (max[i]! - total[i]!));
    assert(diff < 2e-3, `row ${i}: difference ${diff}`);
  }
  assert(compared > 100, `only ${compared} rows predict their next token`);
});

Deno.test("KV of the bundled model equals transformers", async () => {
  await using model = await loadModel(`${root}models/tiny/tiny-q8_0.gguf`);
  const ids = (await golden("tiny/logits")).int32("ids").data;
  const expected = await golden("tiny/kv");
  const positions = expected.int32("positions").data;
  const [prefilled] = await model.prefill([{ ids }]);
  const { cache } = prefilled!;
  for (const name of ["keys", "values"] as const) {
    const reference = expected.float32(name).data; // [layers, kvHeads, 50, headDim]
    let worst = 0;
    for (const [l, layer] of cache.layers.entries()) {
      for (let h = 0; h < 2; h++) {
        for (const [i, p] of positions.entries()) {
          const ours = layer[name].subarray((h * 1000 + p) * 64).subarray(
            0,
            64,
          );
          const at = ((l * 2 + h) * 50 + i) * 64;
          worst = Math.max(
            worst,
            maxDiff(ours, reference.subarray(at, at + 64)),
          );
        }
      }
    }
    assert(worst < 1e-3, `${name}: max difference ${worst}`);
  }
});
