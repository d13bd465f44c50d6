/** GPT-2's way to cut text into words. */
export const GPT2_WORDS =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Every digit alone, and GPT-2's words between them, in one expression.
 *
 * Cutting first at digits and then each piece into words gives the same, but
 * makes a regular expression search for each digit of a long number. The
 * lookahead treats a digit like the end of the text, which it would be then.
 */
export const GPT2_SINGLE_DIGITS_WORDS =
  "\\p{N}|'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?![^\\s\\p{N}])|\\s+";

/** What Llama 3 and Qwen 2 share; they differ in how many digits go together. */
const llama3Like = (digits: string) =>
  "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" +
  `${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

/** Llama 3's words: up to three digits together. */
export const LLAMA3_WORDS = llama3Like("\\p{N}{1,3}");

/** Qwen 2's words: every digit alone. */
export const QWEN2_WORDS = llama3Like("\\p{N}");

/** Qwen 3.5's words: Qwen 2's, with marks as parts of letters. */
export const QWEN35_WORDS =
  "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|" +
  "\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Words in which no lower-case letter precedes an upper-case one. */
const cased = (digits: string, ending: string) => {
  const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  return `[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+${ending}|` +
    `[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*${ending}|${digits}|` +
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
};

/** Words of Mistral's Tekken: every digit alone. */
export const TEKKEN_WORDS = cased("\\p{N}", "");

/** GPT-4o's words, and Phi-4-mini's: up to three digits together, English endings at their words. */
export const GPT4O_WORDS = cased(
  "\\p{N}{1,3}",
  "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?",
);

/** A `pre_tokenizer` section that isolates the patterns in order, then spells bytes. */
export function wordsThenBytes(...patterns: string[]): {
  type: string;
  pretokenizers: unknown[];
} {
  return {
    type: "Sequence",
    pretokenizers: [
      ...patterns.map(isolate),
      { type: "ByteLevel", ["add_prefix_space"]: false, ["use_regex"]: false },
    ],
  };
}

/** A pre-tokenizer that makes every match a word of its own. */
export function isolate(
  regex: string,
): { type: string; [key: string]: unknown } {
  return {
    type: "Split",
    pattern: { Regex: regex },
    behavior: "Isolated",
    invert: false,
  };
}
