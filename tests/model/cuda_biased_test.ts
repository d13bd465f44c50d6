import assert from "node:assert/strict";
import { whyNoProvider } from "../../kernels/provider/why_no_provider.ts";
import { randomModel, smallConfig } from "../../kernels/model/random_model.ts";
import { CacheDecoder } from "../../kernels/decode/cache_decoder.ts";
import { StepDecoder } from "../../kernels/decode/step_decoder.ts";
import { biasedAnswer, biases } from "../biased_answers.ts";
import { maxDiff } from "../kernels/random_model.ts";

const ignore = await whyNoProvider("cuda") !== undefined;

// Heads of published models, which attention sees as 80 and 144 numbers.
for (const headDim of [64, 128]) {
  for (const [kind, bias] of Object.entries(biases)) {
    Deno.test({
      name:
        `Steps on CUDA see a bias ${kind} as the processor does, with heads of ${headDim}`,
      ignore,
      async fn() {
        const config = { ...smallConfig, headDim, ropeDim: headDim };
        await using cpu = await randomModel({ config });
        await using gpu = await randomModel({
          config,
          provider: "cuda",
          accuracy: "half",
        });
        const given = { entries: 300, bias };
        const steps = await biasedAnswer(gpu, given);
        const single = await biasedAnswer(gpu, { ...given, bursts: 32 });
        const without = await biasedAnswer(gpu, { entries: 300 });
        const exact = await biasedAnswer(cpu, { ...given, single: true });
        const there = await biasedAnswer(gpu, { ...given, single: true });
        assert(steps.decoder instanceof StepDecoder);
        assert(there.decoder instanceof CacheDecoder);
        for (const [i, row] of exact.logits.entries()) {
          const apart = maxDiff(steps.logits[i]!, row);
          const other = maxDiff(there.logits[i]!, row);
          // 16 bits lose as much in the session that takes a token a call.
          assert(
            apart < Math.max(0.05, 2 * other),
            `step ${i}: ${apart}, a token a call: ${other}`,
          );
          assert(maxDiff(without.logits[i]!, row) > 3 * apart);
        }
        assert.deepEqual(steps.tokens, single.tokens);
        assert.deepEqual(steps.tokens.slice(0, 3), exact.tokens.slice(0, 3));
      },
    });
  }
}
