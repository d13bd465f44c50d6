import type { Metric } from "../../metric.ts";
import { integerOf } from "../python_text.ts";

/** Share of the expected values that the prediction's numbers agree with before the first that does not; minus signs are not read. */
export const mathCalc: Metric = {
  name: "infinitebench-math-calc",
  source: "InfiniteBench src/compute_scores.py: get_score_one_math_calc",
  score(prediction, { expected }) {
    const numbers = prediction.match(/[0-9]+/g) ?? [];
    const wrong = expected.findIndex((text, i) =>
      i >= numbers.length || integerOf(numbers[i]!) !== integerOf(text)
    );
    if (expected.length === 0) return 0;
    return (wrong < 0 ? expected.length : wrong) / expected.length;
  },
};
