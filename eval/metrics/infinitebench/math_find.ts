import type { Metric } from "../../metric.ts";
import { asciiDigits, integerOf } from "../python_text.ts";

/**
 * 1 where the prediction's first number is the right one. A reference without a decimal point is an integer; against
 * it the original raises an error where the prediction's first number has one, here that is 0. Signs are not read.
 */
export const mathFind: Metric = {
  name: "infinitebench-math-find",
  source: "InfiniteBench src/compute_scores.py: get_score_one_math_find",
  score(prediction, { expected: [right = ""] }) {
    const first = /\p{Nd}+\.\p{Nd}+|\p{Nd}+/u.exec(prediction)?.[0];
    if (first === undefined) return 0;
    const whole = integerOf(right);
    if (whole !== undefined) return integerOf(first) === whole ? 1 : 0;
    return Number(asciiDigits(first)) === Number(right) ? 1 : 0;
  },
};
