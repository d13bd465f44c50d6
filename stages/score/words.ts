/**
 * Words in lower case: runs of letters, marks and digits of any script. Where a script writes no spaces (Han, kana,
 * Thai, Lao, Khmer, Burmese), every character is a word.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { wordsOf } from "parallelcomp";
 *
 * assert.deepEqual(wordsOf("Ahab’s leg, 1851; Žižka 白鯨"), ["ahab", "s", "leg", "1851", "žižka", "白", "鯨"]);
 * ```
 */
export function wordsOf(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(word) ?? [];
}

/** How often each word is there. */
export function countWords(words: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[[\p{L}\p{M}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]]+/gv;
