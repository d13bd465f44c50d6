import { Bm25Index, type Bm25Options } from "./bm25_index.ts";
import { sentencesOf } from "./sentences.ts";
import { countWords, wordsOf } from "./words.ts";

/** How chunks are matched with a question. */
export interface Bm25ScoresOptions extends Bm25Options {
  /** Chunks as wholes, or sentences, and a chunk counts as its best one. */
  readonly unit: "chunk" | "sentence";
}

/** How well every chunk fits the question's words, the chunks or their sentences as the collection; high is relevant. */
export function bm25Scores(
  chunks: readonly string[],
  question: string,
  { unit, ...constants }: Bm25ScoresOptions,
): number[] { // [chunks]
  const query = countWords(wordsOf(question));
  const whole = unit === "chunk";
  const units = chunks.map((text) => whole ? [text] : sentencesOf(text));
  const index = new Bm25Index(units.flat(), constants);
  let at = 0;
  return units.map((texts) =>
    texts.reduce((best) => Math.max(best, index.score(query, at++)), 0)
  );
}
