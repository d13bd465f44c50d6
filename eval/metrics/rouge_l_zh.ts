import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { jiebaWords, loadJieba } from "./jieba.ts";
import { rougeFOfWords } from "./rouge_l.ts";

/** ROUGE-L F as `rouge-l` has it, of the words that jieba finds. */
export const rougeLZh: Metric = {
  name: "rouge-l-zh",
  source:
    "LongBench/metrics.py: rouge_zh_score; packages jieba 0.42.1 and rouge 1.0.1",
  ready: loadJieba,
  score(prediction, { expected }) {
    const words = jiebaWords(prediction);
    return bestScore(
      expected,
      (text) => rougeFOfWords(words, jiebaWords(text)),
    );
  },
};
