import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";

/**
 * 1 / the number of classes named in the prediction where the right one is among them, else 0. Classes that are part
 * of the right one's name are taken out first, by the original while it walks the list: the class behind one that was
 * taken out is passed over and stays. Needs `options`.
 */
export const classification: Metric = {
  name: "classification",
  source: "LongBench/metrics.py: classification_score",
  score: (prediction, { expected, options = [] }) =>
    bestScore(expected, (right) => {
      const named = options.filter((text) => prediction.includes(text));
      for (let i = 0; i < named.length; i++) {
        const text = named[i]!;
        if (text !== right && right.includes(text)) {
          named.splice(named.indexOf(text), 1);
        }
      }
      return named.includes(right) ? 1 / named.length : 0;
    }),
};
