import assert from "node:assert/strict";
import { whyNoProvider } from "../../kernels/provider/why_no_provider.ts";
import { drawingModel, drawingRules, drawnAnswer } from "../sampled_answers.ts";

const ignore = await whyNoProvider("cuda") !== undefined;

// Smaller and larger ones than what CUDA's TopK sorts inside one block by itself.
for (const vocab of [128, 3000, 50000]) {
  for (const calls of ["same session", "greedy session"] as const) {
    Deno.test({
      name:
        `Steps on CUDA draw of ${vocab} tokens what one token a call draws from the logits of the ${calls}`,
      ignore,
      async fn() {
        await using model = await drawingModel("cuda", vocab, 64);
        let bursts = 0;
        for (const rule of drawingRules) {
          for (const seed of [1, 2, 3]) {
            const options = { ...rule, seed, maxTokens: 150 };
            const steps = await drawnAnswer(model, options, "steps");
            const single = await drawnAnswer(model, options, calls);
            assert.deepEqual(steps.answer, single.answer);
            bursts = Math.max(bursts, steps.bursts.length);
          }
        }
        assert(bursts > 1, `${bursts} bursts at most`);
      },
    });
  }
}
