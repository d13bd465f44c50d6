import { Observable, Subject, type Subscriber, takeUntil } from "rxjs";
import type { FanOut, Reader } from "./fan_out.ts";
import { release, retain } from "./owned.ts";

/** What one reader has done so far. */
type State = "awaited" | "left" | Subscriber<unknown>;

/**
 * Shares a stream: every reader gets every value, and nothing is stored. It is ready when every reader has
 * subscribed or left. A value that counts its owners is retained once for every further reader; a reader that
 * has left gets no share. The last readers may be watchers, who see what passes and keep nothing going: when the
 * others have left, the stream ends for them.
 */
export class StreamFanOut implements FanOut {
  readonly readers: readonly Reader[];
  readonly #states: State[];
  /** Readers that have subscribed, also those that have left since. */
  readonly #came = new Set<number>();
  readonly #stop = new Subject<void>();
  #serving = false;
  readonly #changed: () => void;
  /** Readers that count. */
  readonly #needing: number;

  /**
   * @param changed Called when a reader has come or gone.
   * @param watchers How many of the readers, the last, only watch; where all would, none does.
   */
  constructor(readers: number, changed: () => void, watchers = 0) {
    this.#changed = changed;
    this.#needing = watchers < readers ? readers - watchers : readers;
    this.#states = Array(readers).fill("awaited");
    this.readers = this.#states.map((_, index) => ({
      values: new Observable((subscriber) => this.#enter(index, subscriber)),
      leave: () => this.#leave(index),
    }));
  }

  get ready(): boolean {
    return !this.#states.includes("awaited");
  }

  get wanted(): boolean {
    return this.#live().length > 0;
  }

  get abandoned(): boolean {
    return this.#states.slice(0, this.#needing)
      .every((state) => state === "left");
  }

  connect(source: Observable<unknown>): void {
    source.pipe(takeUntil(this.#stop)).subscribe({
      next: (value) => this.#next(value),
      error: (error) => this.#live().forEach(([, r]) => r.error(error)),
      complete: () => this.#live().forEach(([, r]) => r.complete()),
    });
  }

  #live(): [index: number, subscriber: Subscriber<unknown>][] {
    return [...this.#states.entries()].flatMap(([index, state]) =>
      typeof state === "string" ? [] : [[index, state]]
    );
  }

  #enter(index: number, subscriber: Subscriber<unknown>): void {
    if (this.#came.has(index)) {
      const message = "A stream can be subscribed to once; share() it";
      return subscriber.error(new TypeError(message));
    }
    this.#came.add(index);
    if (this.#states[index] === "left" || this.abandoned) {
      return subscriber.complete();
    }
    this.#states[index] = subscriber;
    subscriber.add(() => this.#leave(index)); // first, for values may come at once
    this.#changed();
  }

  #leave(index: number): void {
    if (this.#states[index] === "left") return;
    this.#states[index] = "left";
    if (this.abandoned && !this.#serving) this.#end();
    this.#changed();
  }

  /** Nobody needs more. */
  #end(): void {
    this.#stop.next();
    for (const [, watcher] of this.#live()) watcher.complete();
  }

  #next(value: unknown): void {
    const readers = this.#live();
    retain(value, readers.length - 1);
    this.#serving = true; // watchers see the value with which the others leave
    for (const [index, subscriber] of readers) {
      if (this.#states[index] === subscriber) subscriber.next(value);
      else release(value); // left while the others were served
    }
    this.#serving = false;
    if (this.abandoned) this.#end();
  }
}
