/** Words remembered at once. */
const CAPACITY = 1 << 15;
/** Longer words seldom come back. */
const LONGEST = 64;

/**
 * Results for words seen before, forgotten all at once when full.
 *
 * Has the methods of the tokenizer library's own cache, whose every look-up
 * moves the word to the end: that makes each look-up in a full cache some
 * 100 times slower than this one's.
 */
export class WordCache<V> {
  #words = new Map<string, V>();

  get(word: string): V | undefined {
    return this.#words.get(word);
  }

  put(word: string, value: V): void {
    if (word.length > LONGEST) return;
    if (this.#words.size >= CAPACITY) this.#words.clear();
    this.#words.set(word, value);
  }

  clear(): void {
    this.#words.clear();
  }
}
