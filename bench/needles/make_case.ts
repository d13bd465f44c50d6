import type { Tokenizer } from "../../io/tokenizer.ts";
import { type NeedleCase, type Planted, type Random, seeded } from "./case.ts";

/** What cases are made of. */
export interface CaseSource {
  readonly sentences: readonly string[];
  readonly tokenizer: Tokenizer;
}

/**
 * A case of about `tokens` tokens: a stretch of the book from a random place (it wraps around), the task's
 * sentences planted between random sentences of it.
 */
export function makeCase(
  { sentences, tokenizer }: CaseSource,
  task: readonly [name: string, plant: (random: Random) => Planted],
  seed: number,
  tokens: number,
): NeedleCase {
  const random = randomOf(seed);
  const planted = task[1](random);
  const text: string[] = [];
  let at = Math.floor(random() * sentences.length);
  let left = tokens - tokenizer.encode(planted.sentences.join(" ")).length;
  while (left > 0) {
    const sentence = sentences[at++ % sentences.length]!;
    left -= tokenizer.encode(sentence).length;
    text.push(sentence);
  }
  for (const sentence of planted.sentences) {
    text.splice(Math.floor(random() * text.length), 0, `${sentence} `);
  }
  return {
    task: task[0],
    seed,
    document: text.join("").trim(),
    question: planted.question,
    answer: planted.answer,
  };
}

/** What a case of that seed plants. */
export function plant(
  [, task]: readonly [string, (random: Random) => Planted],
  seed: number,
): Planted {
  return task(randomOf(seed));
}

const randomOf = (seed: number) => seeded(seed * 7919 + 13);
