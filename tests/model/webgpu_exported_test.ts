import assert from "node:assert/strict";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { loadModel } from "../../kernels/load_model.ts";
import { exportedModel } from "../exported_model.ts";
import { maxDiff } from "../kernels/random_model.ts";
import { useSwiftShader } from "./swiftshader.ts";

const ignore = !await useSwiftShader();
const ids = Int32Array.from({ length: 60 }, (_, i) => (i * 41 + 3) % 250);
const tail = Int32Array.of(10, 90, 91, 258);

/** The logits behind a chunk, a token after the other. */
async function answers(model: LanguageModel): Promise<Float32Array[]> {
  const [chunk] = await model.prefill([{ ids }]);
  const { cache } = chunk!;
  await using decoder = await model.decode(cache, 60);
  const logits: Float32Array[] = []; // steps × [vocab]
  for (const rows of [tail, Int32Array.of(65), Int32Array.of(66)]) {
    logits.push((await decoder.step(rows)).slice());
  }
  cache.dispose?.();
  return logits;
}

for (const name of ["optimum_llama", "genai_llama"]) {
  Deno.test({
    name: `'${name}' on WebGPU computes what it does on the processor`,
    ignore,
    async fn() {
      await using exported = await exportedModel(name);
      await using cpu = await loadModel(exported.path, { provider: "cpu" });
      await using gpu = await loadModel(exported.path, { provider: "webgpu" });
      assert.equal(gpu.provider, "webgpu");
      const expected = await answers(cpu);
      for (const [i, found] of (await answers(gpu)).entries()) {
        const diff = maxDiff(found, expected[i]!);
        assert(diff < 1e-2, `step ${i}: ${diff}`);
      }
    },
  });
}
