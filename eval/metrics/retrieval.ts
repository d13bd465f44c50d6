import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { shareOf } from "./count.ts";

/** Share of the prediction's numbers that are the paragraph's; a reference that names no paragraph scores 0. */
export const retrieval = retrievalOf(
  "retrieval",
  "retrieval_score",
  "Paragraph ",
);

/** The same for Chinese references, `段落7`. */
export const retrievalZh = retrievalOf(
  "retrieval-zh",
  "retrieval_zh_score",
  "段落",
);

function retrievalOf(name: string, symbol: string, word: string): Metric {
  const pattern = new RegExp(`${word}(\\p{Nd}+)`, "u");
  return {
    name,
    source: `LongBench/metrics.py: ${symbol}`,
    score: (prediction, { expected }) =>
      bestScore(expected, (text) => {
        const number = pattern.exec(text)?.[1];
        return number === undefined ? 0 : shareOf(number, prediction);
      }),
  };
}
