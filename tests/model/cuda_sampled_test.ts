import assert from "node:assert/strict";
import { whyNoProvider } from "../../kernels/provider/why_no_provider.ts";
import {
  drawingModel,
  drawingRules,
  drawnAnswer,
  missedPoints,
} from "../sampled_answers.ts";

const ignore = await whyNoProvider("cuda") !== undefined;

/**
 * Probability by which a token may miss its point. A card rounds logits in 16 bits, in bursts otherwise than one token
 * a call, so that a point near a border may fall to the token's neighbour; a wrong draw misses by far more.
 */
const ROUNDING = 0.003;

// Smaller and larger ones than what CUDA's TopK sorts inside one block by itself.
for (const vocab of [128, 3000, 50000]) {
  Deno.test({
    name:
      `Steps on CUDA draw of ${vocab} tokens those that lie at their points in the logits of one token a call`,
    ignore,
    async fn() {
      await using model = await drawingModel("cuda", vocab, 64);
      let bursts = 0;
      let drawn = 0;
      for (const rule of drawingRules) {
        for (const seed of [1, 2, 3]) {
          const options = { ...rule, seed, maxTokens: 150 };
          const steps = await drawnAnswer(model, options, "steps");
          const tokens = steps.answer.answer.trim().split(" ").filter(Boolean)
            .map(Number);
          const missed = await missedPoints(model, options, tokens);
          const worst = Math.max(0, ...missed);
          assert(
            worst < ROUNDING,
            `${JSON.stringify(options)}: missed by ${worst}`,
          );
          bursts = Math.max(bursts, steps.bursts.length);
          drawn += tokens.length;
        }
      }
      assert(bursts > 1, `${bursts} bursts at most`);
      assert(drawn > 300, `${drawn} tokens`);
    },
  });
}
