import assert from "node:assert/strict";
import { CacheDecoder } from "../../../kernels/decode/cache_decoder.ts";
import { familyModel } from "../../../kernels/family/family_model.ts";
import type { Accuracy } from "../../../kernels/layers/linear.ts";
import { OnnxModel } from "../../../kernels/model/onnx_model.ts";
import { StepDecoder } from "../../../kernels/decode/step_decoder.ts";
import { biasedAnswer, biases } from "../../biased_answers.ts";
import { maxDiff, randomWeights, smallConfig } from "../random_model.ts";

async function opened(
  accuracy: Accuracy = "exact",
  config = smallConfig,
): Promise<OnnxModel> {
  const provider = "cpu";
  return new OnnxModel({
    ...await familyModel(randomWeights(config, 1), config, {
      accuracy,
      provider,
    }),
    workers: 1,
    threads: 1,
    provider,
    engine: "c",
    tokenizer: {} as OnnxModel["tokenizer"],
    close: () => Promise.resolve(),
  });
}

const furthest = (
  a: readonly Float32Array[],
  b: readonly Float32Array[],
) => Math.max(...a.map((row, i) => maxDiff(row, b[i]!)));

for (
  const [shape, config] of Object.entries({
    "a Llama shape": smallConfig,
    "as many KV heads as heads": { ...smallConfig, kvHeads: 4 },
    "scaled scores, heads that turn in part": {
      ...smallConfig,
      headDim: 32,
      attentionScale: 0.3,
    },
  })
) {
  for (const [kind, bias] of Object.entries(biases)) {
    Deno.test(`StepDecoder sees a bias ${kind} as CacheDecoder does: ${shape}`, async () => {
      await using model = await opened("exact", config);
      const given = { entries: 60, bias };
      const steps = await biasedAnswer(model, given);
      const without = await biasedAnswer(model, { entries: 60 });
      const expected = await biasedAnswer(model, { ...given, single: true });
      assert(expected.decoder instanceof CacheDecoder);
      assert(steps.decoder instanceof StepDecoder);
      const apart = furthest(steps.logits, expected.logits);
      assert(apart < 1e-4, `${apart}`);
      assert.deepEqual(steps.tokens, expected.tokens);
      assert(furthest(without.logits, steps.logits) > 0.1);
    });
  }
}
