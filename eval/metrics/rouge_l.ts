import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { commonTable } from "./common_table.ts";
import { splitWords } from "./python_text.ts";

/**
 * ROUGE-L F of the package `rouge` (1.0.1), with what is its own: sentences end at every full stop, words are sets, the
 * words of the longest common subsequences of all pairs of sentences are united over the whole summary, and
 * `F = 2PR / (P + R + 1e-8)`. Texts that the package cannot score, which LongBench counts as 0: without a sentence,
 * and with sentences so long that its recursion ends ({@linkcode mostCalls}).
 */
export const rougeL: Metric = {
  name: "rouge-l",
  source:
    "LongBench/metrics.py: rouge_score; package rouge 1.0.1: rouge_l_summary_level",
  score: (prediction, { expected }) =>
    bestScore(expected, (text) => rougeF(prediction, text, mostCalls)),
};

/**
 * The same of texts that were cut into words with blanks between them, by `rouge_zh_score`: one frame more.
 */
export function rougeFOfWords(
  prediction: readonly string[],
  reference: readonly string[],
): number {
  return rougeF(prediction.join(" "), reference.join(" "), mostCalls - 1);
}

/**
 * Calls of the package's recursive read-out before CPython's limit of 1,000 frames, of which LongBench's `eval.py` and
 * the package hold nine: a pair of sentences that share 991 words in a row is beyond it.
 */
const mostCalls = 991;

function rougeF(prediction: string, reference: string, most: number): number {
  const hypotheses = sentences(prediction);
  const references = sentences(reference);
  if (hypotheses.length === 0 || references.length === 0) return 0;
  const common = new Set<string>();
  for (const sentence of references) {
    for (const other of hypotheses) {
      if (!addCommon(sentence, other, common, most)) return 0;
    }
  }
  const precision = common.size / new Set(hypotheses.flat()).size;
  const recall = common.size / new Set(references.flat()).size;
  return 2 * (precision * recall / (precision + recall + 1e-8));
}

/** Words of the sentences between full stops; a sentence of blanks is one empty word. */
function sentences(text: string): string[][] {
  return text.split(".").filter((part) => part !== "").map((part) =>
    splitWords(part).join(" ").split(" ")
  );
}

/** Adds the words of one longest common subsequence to `common`; false where the package's recursion ends. */
function addCommon(
  a: readonly string[],
  b: readonly string[],
  common: Set<string>,
  most: number,
): boolean {
  const table = commonTable(a, b);
  let [i, j, calls] = [a.length, b.length, 1];
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      common.add(a[--i]!);
      j--;
    } else if (table.at(i - 1, j) > table.at(i, j - 1)) i--;
    else j--;
    if (++calls > most) return false;
  }
  return true;
}
