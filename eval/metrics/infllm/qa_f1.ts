import type { Metric } from "../../metric.ts";
import { bestScore } from "../best_score.ts";
import { qaF1 } from "../qa_f1.ts";

/** InfLLM's score of `longbook_qa_eng`: its loop hands the scorer a text where that expects a list, so every character is a reference. */
export const infllmQaF1: Metric = {
  name: "infllm-qa-f1",
  source:
    "InfLLM benchmark/infinitebench_eval.py: get_score_one_longbook_qa_eng; benchmark/eval.py: calc_score",
  score: (prediction, given) =>
    bestScore(
      given.expected,
      (label) =>
        qaF1.score(prediction, { ...given, expected: Array.from(label) }),
    ),
};
