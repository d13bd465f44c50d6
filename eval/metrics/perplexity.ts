import type { Metric } from "../metric.ts";

/**
 * 1 / perplexity: the geometric mean of the probabilities that a given continuation's tokens had. What is judged is no
 * answer but a measurement: the mean negative log-likelihood of a token, in nats, as a number's text.
 */
export const perplexity: Metric = {
  name: "perplexity",
  source:
    "exp of the mean negative log-likelihood over the same tokens for all",
  score: (prediction) => {
    const nll = prediction.trim() === "" ? NaN : Number(prediction);
    return nll >= 0 ? Math.exp(-nll) : 0;
  },
};
