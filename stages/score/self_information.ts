import { z } from "zod";
import { defineChunkScorer } from "./chunk_scorer.ts";

/** Options of `score.self-information`. */
export const SelfInformationOptions = z.strictObject({
  reduce: z.enum(["mean", "sum"]).default("mean").describe(
    "over the question's tokens; the paper's formula sums, its code takes the mean",
  ),
  lastTokens: z.int().min(1).optional().describe(
    "score only the question's last tokens; default: all of them",
  ),
});

/** Self-information of the question given the chunk (paper eq. 3): −log P of its tokens, in nats; low is relevant. */
export const scoreSelfInformation = defineChunkScorer({
  name: "score.self-information",
  summary: "Mean NLL of the question's tokens given the chunk; low is relevant",
  options: SelfInformationOptions,
  needs: ["question"],
  score: ({ question, scored }, { reduce, lastTokens }) => {
    const from = Math.max(scored[0], scored[1] - (lastTokens ?? Infinity));
    const rows = question!.logProbs.subarray(from, scored[1]); // [scored]
    if (rows.length === 0) {
      throw new RangeError(
        "The question has no token that can be scored; ask a longer one",
      );
    }
    const sum = rows.reduce((total, logProb) => total - logProb, 0);
    return reduce === "sum" ? sum : sum / rows.length;
  },
});
