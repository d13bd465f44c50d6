import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { normalizedWords } from "./normalize_answer.ts";
import { tokenF1 } from "./token_f1.ts";

/** F1 of words without case, punctuation and articles, against the best reference. */
export const qaF1: Metric = {
  name: "qa-f1",
  source:
    "LongBench/metrics.py: qa_f1_score; the same as InfiniteBench src/compute_scores.py: qa_f1_score",
  score(prediction, { expected }) {
    const words = normalizedWords(prediction);
    return bestScore(expected, (text) => tokenF1(words, normalizedWords(text)));
  },
};
