import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { digitRuns } from "./python_text.ts";

/** Share of the prediction's numbers that are the right one; 0 where it has none. */
export const count: Metric = {
  name: "count",
  source: "LongBench/metrics.py: count_score",
  score: (prediction, { expected }) =>
    bestScore(expected, (text) => shareOf(text, prediction)),
};

/** Share of the numbers in `prediction` that read `number`. */
export function shareOf(number: string, prediction: string): number {
  const numbers = digitRuns(prediction);
  if (numbers.length === 0) return 0;
  return numbers.filter((text) => text === number).length / numbers.length;
}
