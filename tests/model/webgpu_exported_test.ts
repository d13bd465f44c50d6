import assert from "node:assert/strict";
import { loadModel } from "../../kernels/load_model.ts";
import { answers } from "../exported_answers.ts";
import { exportedModel } from "../exported_model.ts";
import { maxDiff } from "../kernels/random_model.ts";
import { useSwiftShader } from "./swiftshader.ts";

const ignore = !await useSwiftShader();
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
