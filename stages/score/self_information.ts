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
  normalise: z.enum(["none", "prior"]).default("none").describe(
    "prior: less the same without any document (needs input model), so that 0 is a chunk that tells nothing; chunks of one question keep their order",
  ),
});

/**
 * Self-information of the question given the chunk (paper eq. 3): −log P of its tokens, in nats; low is relevant.
 * Less that of the question alone (`normalise: prior`) it is the negative pointwise mutual information of question
 * and chunk. Breaks where the question is easy to guess in any chunk, and where the chunk that matters shares no
 * word with it: the second hop of a two-hop question.
 */
export const scoreSelfInformation = defineChunkScorer({
  name: "score.self-information",
  summary: "Mean NLL of the question's tokens given the chunk; low is relevant",
  options: SelfInformationOptions,
  needs: ["log-probs"],
  needsWith: { prior: ({ normalise }) => normalise === "prior" },
  score: ({ question, prior, scored }, { reduce, lastTokens }) => {
    const from = Math.max(scored[0], scored[1] - (lastTokens ?? Infinity));
    const rows = scored[1] - from;
    if (rows <= 0) {
      throw new RangeError(
        "The question has no token that can be scored; ask a longer one",
      );
    }
    const nll = (logProbs: Float32Array) =>
      logProbs.subarray(from, scored[1]).reduce((sum, p) => sum - p, 0); // [rows]
    const sum = nll(question!.logProbs) - (prior ? nll(prior) : 0);
    return reduce === "sum" ? sum : sum / rows;
  },
});
