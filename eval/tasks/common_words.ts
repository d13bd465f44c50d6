import type { Draft, DrawnFor, GeneratedTask } from "./generated_task.ts";
import { below, type Random, seeded, shuffled } from "./random.ts";
import { askCommonWords } from "./ruler_templates.ts";
import { commonWords as words, englishWords } from "./words.ts";

/** Words that appear more often than the others. */
const COMMON = 10;
/** How often common and other words appear, in the list and in the solved example, which has so many words. */
const rates = {
  /** Below 4,096 tokens. */
  small: { list: [6, 1], example: [3, 1], exampleWords: 20 },
  large: { list: [30, 3], example: [10, 3], exampleWords: 40 },
} as const;

/** A numbered list of words, ten of which appear more often; those ten are asked for (RULER's `cwe`). */
export const commonWords: GeneratedTask = {
  name: "cwe",
  summary: "the ten words of a list that appear most often",
  source:
    "RULER (arXiv 2404.06654), scripts/synthetic.yaml and scripts/data/synthetic/common_words_extraction.py",
  metric: "contains-all",
  maxTokens: { short: 80, ruler: 120 },
  draw,
};

function draw(random: Random, { template, length }: DrawnFor): Draft {
  const rate = length < 4096 ? rates.small : rates.large;
  const from = shuffled(words(), random);
  const example = from.slice(-rate.exampleWords);
  const solved = listOf(example, rate.example, below(2 ** 32, random));
  const [beyond, order] = [below(2 ** 32, random), below(2 ** 32, random)];
  let longer: string[] | undefined;
  const document = (size: number) => {
    const chosen = size <= from.length
      ? from
      : longer ??= beyondCommon(from, beyond);
    return listOf(chosen.slice(0, size), rate.list, order);
  };
  const drawn = { expected: from.slice(0, COMMON), least: COMMON + 1 };
  if (template === "short") {
    return {
      ...drawn,
      question: "Question: Which ten words appear most often?",
      answerPrefix: "\nAnswer: 1.",
      document,
    };
  }
  const { lead, question, answerPrefix } = askCommonWords;
  const answer = numbered(example.slice(0, COMMON));
  const start = `${lead}${solved}${question}${answerPrefix} ${answer}\n${lead}`;
  return {
    ...drawn,
    lead: "", // what comes before is too long for every chunk
    question,
    answerPrefix,
    stop: [],
    document: (size) => start + document(size),
  };
}

/** The same words, and behind them those that only the longer list has. */
function beyondCommon(from: readonly string[], seed: number): string[] {
  const used = new Set(from);
  const rest = englishWords().filter((word) => !used.has(word));
  return [...from, ...shuffled(rest, seeded(seed))];
}

/** The first words at the first rate, the others at the second, in random order, numbered. */
function listOf(
  from: readonly string[],
  [often, seldom]: readonly [number, number],
  seed: number,
): string {
  const list = from.flatMap((word, i) =>
    Array<string>(i < COMMON ? often : seldom).fill(word)
  );
  return numbered(shuffled(list, seeded(seed)));
}

function numbered(list: readonly string[]): string {
  return list.map((word, i) => `${i + 1}. ${word}`).join(" ");
}
