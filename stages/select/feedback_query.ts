import { Bm25Index, type Bm25Options } from "../score/bm25_index.ts";
import { sentencesOf } from "../score/sentences.ts";
import { wordsOf } from "../score/words.ts";

/** Constants of {@linkcode FeedbackQuery}. */
export interface FeedbackOptions extends Bm25Options {
  /** Weight of the question's words that the sentence lacks; the sentence's own count 1. */
  readonly question: number;
}

/** A question that learns words from the chunks that were chosen. */
export class FeedbackQuery {
  readonly #question: ReadonlySet<string>;
  readonly #index: Bm25Index;
  /** Sentences of every chunk, as numbers inside the index. */
  readonly #sentences = new Map<number, readonly number[]>();
  readonly #texts: readonly string[];
  #words: ReadonlyMap<string, number>;

  /** @param texts Of the chunks by their index; their sentences are the collection. */
  constructor(
    question: string,
    texts: ReadonlyMap<number, string>,
    readonly options: FeedbackOptions,
  ) {
    this.#question = new Set(wordsOf(question));
    this.#words = weighted(this.#question, 1);
    const all: string[] = [];
    for (const [chunk, text] of texts) {
      const own = sentencesOf(text);
      this.#sentences.set(chunk, own.map((_, i) => all.length + i));
      all.push(...own);
    }
    this.#texts = all;
    this.#index = new Bm25Index(all, options);
  }

  /** What is looked for now, with weights. */
  get words(): ReadonlyMap<string, number> {
    return this.#words;
  }

  /** How well a chunk's best sentence fits what is looked for. */
  score(chunk: number): number {
    return this.#best(chunk).score;
  }

  /**
   * Takes the sentence of a chosen chunk that fits best: from now on its words that the question does not have are
   * looked for, and those of the question that it does not have. Gives the sentence. Where none fits, nothing changes.
   */
  follow(chunk: number): string | undefined {
    const { score, sentence } = this.#best(chunk);
    if (score <= 0) return undefined;
    const said = new Set(this.#index.wordsIn(sentence));
    this.#words = new Map([
      ...weighted(said.difference(this.#question), 1),
      ...weighted(this.#question.difference(said), this.options.question),
    ]);
    return this.#texts[sentence];
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

const weighted = (words: Iterable<string>, weight: number) =>
  new Map([...words].map((word) => [word, weight]));
