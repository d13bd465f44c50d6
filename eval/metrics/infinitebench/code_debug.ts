import type { Metric } from "../../metric.ts";
import { blank, singleBlanks, strip } from "../python_text.ts";
import { behind } from "./behind.ts";

/** What the scorers of `code_debug` take for blanks, in this order. */
export const debugMarks = ["\n", "`", "'", '"', "-", "*", "Option", "option"];

const prefixes = ["answer is:", "is:", "answer:", "correct option is:"];

/** 1 where the prediction names the faulty function or its letter. References: the function's name, then its letter. */
export const codeDebug: Metric = {
  name: "infinitebench-code-debug",
  source: "InfiniteBench src/compute_scores.py: get_score_one_code_debug",
  score(prediction, { expected: [name = "", letter = ""] }) {
    const bare = strip(prediction);
    if (opensWith(bare, letter)) return 1;
    const after = behind(singleBlanks(blank(bare, debugMarks)), prefixes);
    if (after === undefined) return 0;
    return after.startsWith(letter) || after.startsWith(name) ? 1 : 0;
  },
};

/** Whether a prediction begins with the letter and a full stop or a colon. */
export function opensWith(prediction: string, letter: string): boolean {
  return prediction.startsWith(`${letter}.`) ||
    prediction.startsWith(`${letter}:`);
}
