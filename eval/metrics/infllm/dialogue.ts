import type { Metric } from "../../metric.ts";
import { bestScore } from "../best_score.ts";
import { upperWords } from "../infinitebench/dialogue.ts";

/** InfLLM's dialogue score: 1 where the first character of a reference is a word of its own in the prediction. */
export const infllmDialogue: Metric = {
  name: "infllm-dialogue",
  source:
    "InfLLM benchmark/infinitebench_eval.py: get_score_one_longdialogue_qa_eng; benchmark/eval.py: calc_score",
  score(prediction, { expected }) {
    const words = upperWords(prediction);
    return bestScore(
      expected,
      (label) => words.includes(Array.from(label)[0] ?? "") ? 1 : 0,
    );
  },
};
