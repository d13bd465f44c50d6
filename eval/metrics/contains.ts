import type { Metric } from "../metric.ts";

const source =
  "RULER (arXiv 2404.06654), scripts/eval/synthetic/constants.py: ";

/** 1 where the prediction contains one of the references, upper and lower case alike, else 0: RULER's `string_match_part`. */
export const containsAny: Metric = {
  name: "contains-any",
  source: `${source}string_match_part`,
  score: (prediction, { expected }) =>
    expected.some((text) => contains(prediction, text)) ? 1 : 0,
};

/** Share of the references that the prediction contains, upper and lower case alike: RULER's `string_match_all`. */
export const containsAll: Metric = {
  name: "contains-all",
  source: `${source}string_match_all`,
  score: (prediction, { expected }) =>
    expected.length === 0
      ? 0
      : expected.filter((text) => contains(prediction, text)).length /
        expected.length,
};

function contains(prediction: string, text: string): boolean {
  return prediction.toLowerCase().includes(text.toLowerCase());
}
