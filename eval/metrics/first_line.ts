import type { Metric } from "../metric.ts";
import { linesOf } from "./python_text.ts";

/** The same metric of the prediction's first line that is not empty: LongBench's rule for `trec`, `triviaqa`, `samsum` and `lsht`. */
export function ofFirstLine(metric: Metric): Metric {
  return {
    name: `${metric.name}-first-line`,
    source: `${metric.source}; first line: LongBench/eval.py, scorer`,
    score: (prediction, given) => metric.score(linesOf(prediction)[0]!, given),
  };
}
