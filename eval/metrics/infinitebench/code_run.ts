import type { Metric } from "../../metric.ts";
import { blank, integerOf, splitWords } from "../python_text.ts";

const marks = ["\n", ".", "`", "'", '"', ":"];

/** 1 where the prediction's last word is the right integer. */
export const codeRun: Metric = {
  name: "infinitebench-code-run",
  source: "InfiniteBench src/compute_scores.py: get_score_one_code_run",
  score(prediction, { expected }) {
    const last = splitWords(blank(prediction, marks)).at(-1);
    const value = last === undefined ? undefined : integerOf(last);
    return value !== undefined && value === integerOf(expected[0] ?? "")
      ? 1
      : 0;
  },
};
