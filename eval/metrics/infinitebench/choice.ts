import type { Metric } from "../../metric.ts";
import { blank, singleBlanks, splitWords, strip } from "../python_text.ts";
import { behind } from "./behind.ts";
import { choiceMarks } from "./marks.ts";

/** How an answer to a multiple choice is introduced, in the order in which the scorers look. */
export const choicePrefixes = [
  "answer is:",
  "answer:",
  "answer is",
  "option is",
];

/** 1 where the prediction says the right option. References: the option's text and its letter. */
export const choice: Metric = {
  name: "infinitebench-choice",
  source:
    "InfiniteBench src/compute_scores.py: get_score_one_longbook_choice_eng",
  score: (prediction, { expected }) =>
    isRight(strip(prediction), expected) ? 1 : 0,
};

function isRight(prediction: string, expected: readonly string[]): boolean {
  if (prediction === "") return false;
  if (/^[A-D]/.test(prediction)) return expected.includes(prediction[0]!);
  if (expected.includes(prediction)) return true;
  const text = singleBlanks(blank(prediction, choiceMarks));
  const after = behind(text, choicePrefixes);
  if (after !== undefined) return expected.some((s) => after.startsWith(s));
  return expected.includes(firstLetters(text) ?? "");
}

/** The first word that stands in "ABCD", which "BC" does too. */
export function firstLetters(text: string): string | undefined {
  return splitWords(text).find((word) => "ABCD".includes(word));
}
