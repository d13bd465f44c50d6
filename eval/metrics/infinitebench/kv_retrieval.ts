import type { Metric } from "../../metric.ts";
import { blank, splitWords } from "../python_text.ts";
import { marks } from "./marks.ts";

/** 1 where a reference is one of the prediction's words. */
export const kvRetrieval: Metric = {
  name: "infinitebench-kv-retrieval",
  source: "InfiniteBench src/compute_scores.py: get_score_one_kv_retrieval",
  score(prediction, { expected }) {
    const words = splitWords(blank(prediction, marks));
    return expected.some((text) => words.includes(text)) ? 1 : 0;
  },
};
