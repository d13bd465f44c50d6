import type { Metric } from "../../metric.ts";
import { bestScore } from "../best_score.ts";
import { normalizedZh } from "../normalize_zh.ts";
import { tokenF1 } from "../token_f1.ts";

/** F1 of characters without case, punctuation and whitespace, against the best reference. */
export const qaZh: Metric = {
  name: "infinitebench-qa-zh",
  source: "InfiniteBench src/compute_scores.py: qa_f1_score_zh",
  score(prediction, { expected }) {
    const written = charactersOf(prediction);
    return bestScore(expected, (text) => tokenF1(written, charactersOf(text)));
  },
};

function charactersOf(text: string): string[] {
  return Array.from(normalizedZh(text));
}
