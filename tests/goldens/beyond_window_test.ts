import assert from "node:assert/strict";
import { loadModel } from "../../kernels/load_model.ts";
import { golden } from "../golden.ts";
import { maxDiff } from "../kernels/random_model.ts";
import { modelPath } from "./golden_case.ts";

Deno.test("row 36: dynamic RoPE scaling past the window equals transformers: KV and log-probabilities of one pass", async () => {
  const name = "rope_dynamic";
  const expected = await golden(`${name}/beyond_window`);
  const ids = Int32Array.from(expected.int32("ids").data);
  await using model = await loadModel(modelPath(name));
  const { window, vocab, headDim } = model.config;
  assert(ids.length > window);

  const [whole] = await model.prefill([{ ids }]);
  const positions = expected.int32("positions").data;
  for (const kind of ["keys", "values"] as const) {
    const reference = expected.float32(kind).data; // [layers, kvHeads, positions, headDim]
    let at = 0;
    for (const layer of whole!.cache.layers) {
      for (let head = 0; head < whole!.cache.kvHeads; head++) {
        for (const position of positions) {
          const from = (head * ids.length + position) * headDim;
          const ours = layer[kind].subarray(from, from + headDim);
          const theirs = reference.subarray(at, at += headDim);
          const difference = maxDiff(ours, theirs);
          assert(difference < 1e-3, `${kind}: difference ${difference}`);
        }
      }
    }
  }

  const [asked] = await model.prefill([
    { ids: ids.slice(0, 1), tail: ids.slice(1) },
  ]);
  const logits = expected.float32("logits").data; // [rows, vocab]
  let compared = 0;
  for (const [i, row] of expected.int32("rows").data.entries()) {
    if (row === 0 || row === ids.length - 1) continue;
    const theirs = logits.subarray(i * vocab, (i + 1) * vocab);
    const reference = logProb(theirs, ids[row + 1]!);
    const difference = Math.abs(asked!.question!.logProbs[row]! - reference);
    assert(difference < 1e-4, `row ${row}: difference ${difference}`);
    compared++;
  }
  assert(compared >= 18);
});

function logProb(logits: Float32Array, id: number): number {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0);
  return logits[id]! - max - Math.log(total);
}
