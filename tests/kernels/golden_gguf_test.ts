import assert from "node:assert/strict";
import { loadModel } from "../../kernels/load_model.ts";
import { golden } from "../golden.ts";
import { maxDiff } from "./random_model.ts";

const folder = new URL("../fixtures/gguf/", import.meta.url);
const models = [...Deno.readDirSync(folder)].map(({ name }) => name)
  .filter((name) => name !== "phi3_q4_0.gguf").sort();

Deno.test("there is a GGUF file of each family beyond Llama", () => {
  assert.equal(models.length, 9);
});

for (const file of models) {
  const name = file.replace(".gguf", "");
  Deno.test(`row 36: '${file}' equals transformers on the folder: logits, greedy tokens`, async () => {
    await using model = await loadModel(new URL(file, folder).pathname);
    const expected = await golden(`${name}/model`);
    const ids = Int32Array.from(expected.int32("ids").data);
    const { vocab, ropeScaling } = model.config;
    const decoderAt = async (row: number) => {
      const [prefilled] = await model.prefill([{ ids: ids.slice(0, row) }]);
      return await model.decode(prefilled!.cache, row);
    };

    // The golden is one pass beyond the original window, and turns by its factors from the first row on.
    const first = ropeScaling.type === "longrope"
      ? ropeScaling.originalWindow
      : 1;
    const logits = expected.float32("logits").data; // [rows, vocab]
    const rows = [...expected.int32("rows").data];
    for (const [i, row] of rows.entries()) {
      if (row < first) continue;
      await using decoder = await decoderAt(row);
      const ours = await decoder.step(ids.slice(row, row + 1));
      const diff = maxDiff(ours, logits.subarray(i * vocab, (i + 1) * vocab));
      assert(diff < 2e-3, `row ${row}: max difference ${diff}`);
    }
    assert(rows.some((row) => row >= first));

    await using decoder = await decoderAt(ids.length - 1);
    let next = ids.at(-1)!;
    for (const token of expected.int32("greedy").data) {
      const step = await decoder.step(Int32Array.of(next));
      next = step.reduce((best, v, i) => v > step[best]! ? i : best, 0);
      assert.equal(next, token);
    }
  });
}
