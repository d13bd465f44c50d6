import assert from "node:assert/strict";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { loadModel } from "../../kernels/load_model.ts";
import { whyNoProvider } from "../../kernels/provider/why_no_provider.ts";
import { answers } from "../exported_answers.ts";
import { exportedModel } from "../exported_model.ts";
import { maxDiff } from "../kernels/random_model.ts";

const ignore = await whyNoProvider("cuda") !== undefined;
/** Largest differences to the processor: exports compute in the precision that they were written in. */
const EXPORTS = {
  optimum_llama: 1e-2,
  genai_llama: 1e-2,
  optimum_qwen2: 1e-2,
  genai_llama_int4: 1e-2,
  optimum_qwen2_fp16: 0.05,
  genai_qwen2_fp16: 0.05,
} as const;

for (const [name, limit] of Object.entries(EXPORTS)) {
  Deno.test({
    name: `'${name}' on CUDA computes what it does on the processor`,
    ignore,
    async fn() {
      await using exported = await exportedModel(name);
      await keepActivations(`${exported.path}/model.onnx`);
      await using cpu = await loadModel(exported.path, { provider: "cpu" });
      await using gpu = await loadModel(exported.path, { provider: "cuda" });
      assert.equal(gpu.provider, "cuda");
      const expected = await answers(cpu);
      for (const [i, found] of (await answers(gpu)).entries()) {
        const diff = maxDiff(found, expected[i]!);
        assert(diff < limit, `step ${i}: ${diff}`);
      }
    },
  });
}

Deno.test({
  name: "loadModel() says why CUDA cannot take an export's heads",
  ignore,
  async fn() {
    await using exported = await exportedModel("optimum_gemma2");
    await assert.rejects(
      loadModel(exported.path, { provider: "cuda" }),
      /a multiple of 16, this model's is 24; take provider: cpu$/,
    );
  },
});

/** Lets products with weights in blocks take activations as they are: the processor would round them to 8 bits, CUDA never does. */
async function keepActivations(file: string): Promise<void> {
  const model = fromBinary(ModelProtoSchema, await Deno.readFile(file));
  for (const { attribute } of model.graph!.node) {
    const level = attribute.find(({ name }) => name === "accuracy_level");
    if (level) level.i = 1n;
  }
  await Deno.writeFile(file, toBinary(ModelProtoSchema, model));
}
