import { countWords, wordsOf } from "./words.ts";

/** Constants of BM25. */
export interface Bm25Options {
  /** How soon a word's further occurrences stop to count. */
  readonly k1: number;
  /** How much longer texts are held back, 0 to 1. */
  readonly b: number;
}

/**
 * Okapi BM25 over a collection of texts (Robertson and Zaragoza 2009, eq. 3.15):
 * Σ_w weight(w) · idf(w) · tf (k1 + 1) / (tf + k1 (1 − b + b · length / mean length)), with
 * idf(w) = ln(1 + (N − df + ½) / (df + ½)), which is never negative.
 */
export class Bm25Index {
  readonly #counts: readonly ReadonlyMap<string, number>[];
  readonly #lengths: readonly number[];
  readonly #mean: number;
  /** Texts that hold a word. */
  readonly #holders = new Map<string, number>();

  constructor(texts: readonly string[], readonly options: Bm25Options) {
    const words = texts.map(wordsOf);
    this.#counts = words.map(countWords);
    this.#lengths = words.map((list) => list.length);
    this.#mean = this.#lengths.reduce((a, b) => a + b, 0) / texts.length || 1;
    for (const counts of this.#counts) {
      for (const word of counts.keys()) {
        this.#holders.set(word, (this.#holders.get(word) ?? 0) + 1);
      }
    }
  }

  /** The different words of one text. */
  wordsIn(text: number): readonly string[] {
    return [...this.#counts[text]!.keys()];
  }

  /** Inverse document frequency: how much a word tells. */
  idf(word: string): number {
    const df = this.#holders.get(word) ?? 0;
    return Math.log(1 + (this.#counts.length - df + 0.5) / (df + 0.5));
  }

  /** How well a text fits weighted words. */
  score(query: ReadonlyMap<string, number>, text: number): number {
    const { k1, b } = this.options;
    const share = this.#lengths[text]! / this.#mean;
    let score = 0;
    for (const [word, weight] of query) {
      const tf = this.#counts[text]!.get(word);
      if (tf === undefined) continue;
      const damped = tf * (k1 + 1) / (tf + k1 * (1 - b + b * share));
      score += weight * this.idf(word) * damped;
    }
    return score;
  }
}
