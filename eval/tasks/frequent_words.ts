import { letters } from "./drawn_text.ts";
import type { Draft, DrawnFor, GeneratedTask } from "./generated_task.ts";
import { below, distinct, type Random, seeded, shuffled } from "./random.ts";
import { askFrequentWords } from "./ruler_templates.ts";

/** Letters of a coded word. */
const LETTERS = 6;
/** Riemann's zeta of the exponent 2 with which frequencies fall. */
const ZETA = Math.PI * Math.PI / 6;

/** Coded words whose frequencies fall as the square of their rank; the three most frequent are asked for (RULER's `fwe`). */
export const frequentWords: GeneratedTask = {
  name: "fwe",
  summary: "the three most frequent of made-up words",
  source:
    "RULER (arXiv 2404.06654), scripts/synthetic.yaml and scripts/data/synthetic/freq_words_extraction.py",
  metric: "contains-all",
  maxTokens: { short: 32, ruler: 50 },
  draw,
};

function draw(random: Random, { template, length }: DrawnFor): Draft {
  const count = Math.floor((length - frequentWords.maxTokens.ruler) / 50);
  const coded = distinct(
    Math.max(4, count),
    () => letters(LETTERS, "abcdefghijklmnopqrstuvwxyz", random),
  );
  const vocabulary = ["...", ...coded.slice(1)]; // the most frequent is noise
  const order = below(2 ** 32, random);
  const document = (size: number) => textOf(vocabulary, size, order);
  const drawn = { expected: vocabulary.slice(1, 4), least: 64 }; // the fourth appears twice
  if (template === "short") {
    return {
      ...drawn,
      question: "Question: Which three words appear most often?",
      answerPrefix: "\nAnswer:",
      document,
    };
  }
  return { ...drawn, ...askFrequentWords, stop: [], document };
}

/** Words by rank, in random order. */
function textOf(
  vocabulary: readonly string[],
  size: number,
  seed: number,
): string {
  const counts = frequencies(vocabulary.length, size);
  const list = vocabulary.flatMap((word, i) =>
    Array<string>(counts[i]!).fill(word)
  );
  return shuffled(list, seeded(seed)).join(" ");
}

/** How often each of `words` words appears, by rank, in a text of about `size`: Zipf's law, rounded down (`gen_text`). */
export function frequencies(words: number, size: number): number[] {
  return Array.from(
    { length: words },
    (_, i) => Math.floor(size / ((i + 1) * (i + 1)) / ZETA),
  );
}
