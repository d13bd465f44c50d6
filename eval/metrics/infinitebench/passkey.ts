import type { Metric } from "../../metric.ts";

/** 1 where the prediction's first run of 0 to 9 reads like the first reference; also judges `number_string`. */
export const passkey: Metric = {
  name: "infinitebench-passkey",
  source:
    "InfiniteBench src/compute_scores.py: get_score_one_passkey, get_score_one_number_string",
  score: (prediction, { expected }) =>
    (/[0-9]+/.exec(prediction)?.[0] ?? "") === expected[0] ? 1 : 0,
};
