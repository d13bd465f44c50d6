import assert from "node:assert/strict";
import { loadModel } from "../../../kernels/load_model.ts";
import { ropeFrequencies } from "../../../kernels/rope/rope.ts";
import { scaleRope } from "../../../kernels/rope/scale_rope.ts";
import { exportedModel } from "../../exported_model.ts";
import { modelPath } from "../../goldens/golden_case.ts";

Deno.test("scaleRope() with yarn by the run's length equals yarn with that factor, and nothing inside the window", async () => {
  await using model = await loadModel(modelPath("gqa_sharded"));
  const { config } = model;
  const auto = scaleRope(config, { type: "yarn", factor: "auto" });
  const fixed = scaleRope(config, { type: "yarn", factor: 3.5 });
  const length = 3.5 * config.window;
  assert.deepEqual(ropeFrequencies(auto, length), ropeFrequencies(fixed, 1));
  const inside = ropeFrequencies(auto, config.window);
  assert.deepEqual(inside, ropeFrequencies(config, config.window));
});

Deno.test("scaleRope() refuses a model whose RoPE is scaled already", async () => {
  await assert.rejects(
    loadModel(modelPath("rope_llama3"), { rope: { type: "yarn", factor: 2 } }),
    { name: "RangeError", message: /is scaled already \('llama3'\)/ },
  );
});

Deno.test("loadModel() says that RoPE of an exported model cannot be scaled", async () => {
  await using exported = await exportedModel("genai_llama");
  await assert.rejects(
    loadModel(exported.path, { rope: { type: "dynamic", factor: 2 } }),
    {
      name: "RangeError",
      message: /^RoPE of an exported model cannot be scaled/,
    },
  );
});
