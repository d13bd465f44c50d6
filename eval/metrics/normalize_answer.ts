import { splitWords } from "./python_text.ts";

/** Python's `string.punctuation`. */
const punctuation = /[!-/:-@[-`{-~]/g;
/** Articles as words of their own; a word is letters and digits of any script. */
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** SQuAD's normalisation: lower case, without punctuation and articles; as words. */
export function normalizedWords(text: string): string[] {
  const bare = text.toLowerCase().replace(punctuation, "");
  return splitWords(bare.replace(articles, " "));
}
