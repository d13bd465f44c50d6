import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { fuzzRatio } from "./fuzz_ratio.ts";
import { indelRatio } from "./indel_ratio.ts";

/** Likeness of the whole prediction to the right text, by insertions and deletions, in whole percents. */
export const editSimilarity: Metric = {
  name: "edit-similarity",
  source:
    "RepoBench evaluation/metrics.py: edit_similarity_score, fuzzywuzzy by python-Levenshtein",
  score: (prediction, { expected }) =>
    bestScore(expected, (text) => fuzzRatio(prediction, text, indelRatio)),
};
