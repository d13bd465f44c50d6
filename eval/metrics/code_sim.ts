import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { fuzzRatio } from "./fuzz_ratio.ts";
import { indelRatio } from "./indel_ratio.ts";
import { linesOf } from "./python_text.ts";
import { sequenceRatio } from "./sequence_ratio.ts";

/**
 * Likeness of the prediction's first line of code (without a backtick, `#` or `//`) to the right line. LongBench's
 * requirements install `fuzzywuzzy` without `python-Levenshtein`, so the ratio is that of `difflib`.
 */
export const codeSim = codeSimBy("code-sim", sequenceRatio, "difflib");

/** The same where `python-Levenshtein` is installed, which `fuzzywuzzy` then uses: other figures. */
export const codeSimLevenshtein = codeSimBy(
  "code-sim-levenshtein",
  indelRatio,
  "python-Levenshtein",
);

function codeSimBy(
  name: string,
  ratio: (a: string, b: string) => number,
  by: string,
): Metric {
  return {
    name,
    source: `LongBench/metrics.py: code_sim_score, fuzzywuzzy by ${by}`,
    score(prediction, { expected }) {
      const line = firstCodeLine(prediction);
      return bestScore(expected, (text) => fuzzRatio(line, text, ratio));
    },
  };
}

function firstCodeLine(prediction: string): string {
  return linesOf(prediction).find((line) => !/[`#]|\/\//.test(line)) ?? "";
}
