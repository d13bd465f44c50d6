import type { Metric } from "../metric.ts";
import { bestScore } from "./best_score.ts";
import { type CommonTable, commonTable } from "./common_table.ts";

/**
 * rougeLsum F of the package `rouge-score` (0.1.2) without stemming: sentences are lines, words are runs of a-z and 0-9,
 * and a word counts as often as both texts have it.
 */
export const rougeLsum: Metric = {
  name: "rouge-lsum",
  source:
    "InfiniteBench src/compute_scores.py: get_score_one_longbook_sum_eng; package rouge-score 0.1.2: rougeLsum",
  score: (prediction, { expected }) =>
    bestScore(expected, (text) => summaryF(text, prediction)),
};

function summaryF(reference: string, prediction: string): number {
  const references = sentences(reference);
  const candidates = sentences(prediction);
  const all = references.flat().length;
  const written = candidates.flat().length;
  if (all === 0 || written === 0) return 0;
  const leftReference = countsOf(references.flat());
  const leftCandidate = countsOf(candidates.flat());
  let hits = 0;
  for (const sentence of references) {
    for (const word of unionOfCommon(sentence, candidates)) {
      const [left, other] = [
        leftReference.get(word)!,
        leftCandidate.get(word)!,
      ];
      if (left === 0 || other === 0) continue;
      leftReference.set(word, left - 1);
      leftCandidate.set(word, other - 1);
      hits++;
    }
  }
  const precision = hits / written;
  const recall = hits / all;
  return precision + recall > 0
    ? 2 * precision * recall / (precision + recall)
    : 0;
}

function sentences(text: string): string[][] {
  return text.split("\n").filter((line) => line !== "").map((line) =>
    line.toLowerCase().match(/[a-z0-9]+/g) ?? []
  );
}

function countsOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Words of `sentence`, in its order, that stand in a longest common subsequence with any candidate. */
function unionOfCommon(
  sentence: readonly string[],
  candidates: readonly (readonly string[])[],
): string[] {
  const common = new Set<number>();
  for (const candidate of candidates) {
    const table = commonTable(sentence, candidate);
    for (const i of readOut(table, sentence, candidate)) common.add(i);
  }
  return sentence.filter((_, i) => common.has(i));
}

function* readOut(
  table: CommonTable,
  a: readonly string[],
  b: readonly string[],
): Generator<number> {
  let [i, j] = [a.length, b.length];
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      yield --i;
      j--;
    } else if (table.at(i, j - 1) > table.at(i - 1, j)) j--;
    else i--;
  }
}
