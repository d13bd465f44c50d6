import type { Metric } from "../../metric.ts";
import { blank, splitWords } from "../python_text.ts";
import { marks } from "./marks.ts";

/** 1 where the first reference, in upper case as the data has it, is one of the prediction's words. */
export const dialogue: Metric = {
  name: "infinitebench-dialogue",
  source:
    "InfiniteBench src/compute_scores.py: get_score_one_longdialogue_qa_eng",
  score: (prediction, { expected }) =>
    upperWords(prediction).includes(expected[0] ?? "") ? 1 : 0,
};

/** The words of a prediction in upper case, without marks. */
export function upperWords(prediction: string): string[] {
  return splitWords(blank(prediction, marks)).map((word) => word.toUpperCase());
}
