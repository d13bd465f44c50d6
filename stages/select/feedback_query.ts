import { Bm25Index, type Bm25Options } from "../score/bm25_index.ts";
import { sentencesOf } from "../score/sentences.ts";
import { wordsOf } from "../score/words.ts";

/** A question that learns words from the chunks that were chosen. */
export class FeedbackQuery {
  readonly #question: ReadonlySet<string>;
  readonly #index: Bm25Index;
  /** Sentences of every chunk, as numbers inside the index. */
  readonly #sentences = new Map<number, readonly number[]>();
  #words: ReadonlyMap<string, number>;

  /** @param texts Of the chunks by their index; their sentences are the collection. */
  constructor(
    question: string,
    texts: ReadonlyMap<number, string>,
    constants: Bm25Options,
  ) {
    this.#question = new Set(wordsOf(question));
    this.#words = equally(this.#question);
    const all: string[] = [];
    for (const [chunk, text] of texts) {
      const own = sentencesOf(text);
      this.#sentences.set(chunk, own.map((_, i) => all.length + i));
      all.push(...own);
    }
    this.#index = new Bm25Index(all, constants);
  }

  /** What is looked for now. */
  get words(): readonly string[] {
    return [...this.#words.keys()];
  }

  /** How well a chunk's best sentence fits what is looked for. */
  score(chunk: number): number {
    return this.#best(chunk).score;
  }

  /**
   * Takes the sentence of a chosen chunk that fits best: from now on its words that the question does not have are
   * looked for, and those of the question that it does not have. Where no sentence fits, nothing changes.
   */
  follow(chunk: number): void {
    const { score, sentence } = this.#best(chunk);
    if (score <= 0) return;
    const said = new Set(this.#index.wordsIn(sentence));
    this.#words = equally(said.symmetricDifference(this.#question));
  }

  #best(chunk: number): { readonly score: number; readonly sentence: number } {
    let best = { score: 0, sentence: -1 };
    for (const sentence of this.#sentences.get(chunk)!) {
      const score = this.#index.score(this.#words, sentence);
      if (score > best.score) best = { score, sentence };
    }
    return best;
  }
}

const equally = (words: Iterable<string>) =>
  new Map([...words].map((word) => [word, 1]));
