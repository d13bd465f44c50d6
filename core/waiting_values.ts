import { park, release, unpark } from "./owned.ts";

/** Values in the order in which they came, held for somebody: parked while they are here, released where nobody takes them. */
export class WaitingValues<T> {
  readonly #values: T[] = [];
  #closed = false;

  /** @param by Who keeps them: a node's name. */
  constructor(readonly by: string) {}

  /** How many there are. */
  get length(): number {
    return this.#values.length;
  }

  /** The value that came first. */
  get first(): T | undefined {
    return this.#values[0];
  }

  /** Takes a value over; once closed, releases it. */
  push(value: T): void {
    if (this.#closed) return release(value);
    park(value, this.by);
    this.#values.push(value);
  }

  /** Hands the first value over. There must be one. */
  shift(): T {
    const value = this.#values.shift()!;
    unpark(value, this.by);
    return value;
  }

  /** Hands all of them over. */
  takeAll(): T[] {
    const all = this.#values.splice(0);
    unpark(all, this.by);
    return all;
  }

  /** Releases what is left and what still comes. */
  close(): void {
    this.#closed = true;
    release(this.takeAll());
  }
}
