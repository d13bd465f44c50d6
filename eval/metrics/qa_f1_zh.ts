import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { jiebaWords, loadJieba } from "./jieba.ts";
import { normalizedZh } from "./normalize_zh.ts";
import { tokenF1 } from "./token_f1.ts";

/** F1 of the words that jieba finds, without case and punctuation, against the best reference. */
export const qaF1Zh: Metric = {
  name: "qa-f1-zh",
  source: "LongBench/metrics.py: qa_f1_zh_score; package jieba 0.42.1",
  ready: loadJieba,
  score(prediction, { expected }) {
    const words = wordsOf(prediction);
    return bestScore(expected, (text) => tokenF1(words, wordsOf(text)));
  },
};

function wordsOf(text: string): string[] {
  return jiebaWords(text).map(normalizedZh).filter((word) => word !== "");
}
