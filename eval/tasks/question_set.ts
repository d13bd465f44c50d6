import type { Random } from "./random.ts";
import { below, seeded, shuffled } from "./random.ts";

/** A question about some of a set's documents. */
export interface DocumentQuestion {
  readonly query: string;
  readonly answers: readonly string[];
  /** Indices of the documents that it is about. */
  readonly about: readonly number[];
  /** Indices of documents that are near to them, taken before any other. */
  readonly near: readonly number[];
  /** Sentences that the answer stands on. */
  readonly evidence: readonly string[];
}

/** Questions, and the documents that they and their distractors come from. */
export interface QuestionSet {
  readonly questions: readonly DocumentQuestion[];
  readonly documents: readonly string[];
}

/**
 * The context of a question by its number of documents: its own, those near to them, then others, in random order; past
 * the set's size all of them again (RULER, `scripts/data/synthetic/qa.py`, `generate_input_output`).
 */
export function contextOf(
  { documents }: QuestionSet,
  { about, near }: DocumentQuestion,
  random: Random,
): (count: number) => string {
  const own = new Set([...about, ...near]);
  const others = documents.keys().filter((i) => !own.has(i));
  const all = [
    ...about,
    ...shuffled(near, random),
    ...shuffled(others, random),
  ];
  const order = below(2 ** 32, random);
  return (count) => {
    const chosen = Array.from(
      { length: count },
      (_, i) => all[i % all.length]!,
    );
    return shuffled(chosen, seeded(order))
      .map((at, i) => `Document ${i + 1}:\n${documents[at]}`)
      .join("\n\n");
  };
}
