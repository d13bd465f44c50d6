import assert from "node:assert/strict";
import type { RulerCase } from "./ruler_case.ts";

/** What a prompt of RULER's `cwe` is made of, whatever was drawn. */
export interface WordListStructure {
  readonly frames: readonly string[];
  /** How often words appear in the solved example, ascending, and how many words do. */
  readonly example: readonly (readonly [times: number, words: number])[];
  /** How often words appear in the list. */
  readonly times: readonly number[];
  /** Words of the list that appear most often. */
  readonly common: number;
}

const PROMPT =
  /(Below is .*?often\.\n)(.*?)(\nQuestion: .*? list are:)(.*?)(?=\nBelow|$)/gs;

/** Takes a prompt apart; the right answers must be the words that appear most often. */
export function wordListStructure(
  { prompt, outputs }: RulerCase,
): WordListStructure {
  const parts = [...prompt.matchAll(PROMPT)];
  assert.equal(parts.length, 2);
  const [example, list] = parts.map(([, , context]) => countsOf(context!));
  const answer = numbered(parts[0]![4]!.slice(1));
  assert.deepEqual(answer.toSorted(), mostFrequent(example!));
  assert.deepEqual(outputs.toSorted(), mostFrequent(list!));
  assert.equal(parts[1]![4], "");
  return {
    frames: parts.map(([, lead, , question]) => `${lead}|${question}`),
    example: histogram(example!),
    times: histogram(list!).map(([times]) => times),
    common: histogram(list!).at(-1)![1],
  };
}

/** The words of a list that is numbered from 1 on. */
function numbered(text: string): string[] {
  const items = text.split(/ (?=\d+\. )/);
  return items.map((item, i) => {
    assert(item.startsWith(`${i + 1}. `), item);
    return item.slice(`${i + 1}. `.length);
  });
}

function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of numbered(text)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

function histogram(counts: Map<string, number>): [number, number][] {
  const groups = Map.groupBy(counts.values(), (count) => count);
  return [...groups].map(([times, { length }]): [number, number] => [
    times,
    length,
  ]).sort(([a], [b]) => a - b);
}

function mostFrequent(counts: Map<string, number>): string[] {
  const most = Math.max(...counts.values());
  return [...counts].filter(([, count]) => count === most)
    .map(([word]) => word).sort();
}
