import type { Metric } from "../../metric.ts";
import { behind } from "../infinitebench/behind.ts";
import { choicePrefixes, firstLetters } from "../infinitebench/choice.ts";
import { choiceMarks } from "../infinitebench/marks.ts";
import { bestScore } from "../best_score.ts";
import { blank, singleBlanks } from "../python_text.ts";

/**
 * InfLLM's multiple choice: every reference is judged alone, so behind "answer is" any character of the option's text
 * is right. The original raises an error for an empty prediction; here that is 0.
 */
export const infllmChoice: Metric = {
  name: "infllm-choice",
  source:
    "InfLLM benchmark/infinitebench_eval.py: get_score_one_longbook_choice_eng; benchmark/eval.py: calc_score",
  score: (prediction, { expected }) =>
    bestScore(expected, (label) => isRight(prediction, label) ? 1 : 0),
};

function isRight(prediction: string, label: string): boolean {
  if (/^[A-D]/.test(prediction)) return prediction[0] === label;
  const text = singleBlanks(blank(prediction, choiceMarks));
  const after = behind(text, choicePrefixes);
  if (after === undefined) return firstLetters(text) === label;
  return Array.from(label).some((character) => after.startsWith(character));
}
