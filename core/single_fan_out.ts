import { Observable, Subject, type Subscriber, takeUntil } from "rxjs";
import type { FanOut, Reader } from "./fan_out.ts";
import { release, retain } from "./owned.ts";

/**
 * Shares a single value: it is kept for readers that come later, and its source stays subscribed (a model stays
 * loaded) until every reader has left. A value that counts its owners has one share for every reader; the share
 * of one that leaves without it is released.
 */
export class SingleFanOut implements FanOut {
  readonly readers: readonly Reader[];
  readonly ready = true;
  wanted = false;
  readonly #present: Set<number>;
  readonly #served = new Set<number>();
  readonly #waiting = new Map<Subscriber<unknown>, number>();
  readonly #stop = new Subject<void>();
  readonly #changed: () => void;
  #kept: { readonly value: unknown } | undefined;
  #end: ((subscriber: Subscriber<unknown>) => void) | undefined;

  /** @param changed Called when a reader has come or gone. */
  constructor(readers: number, changed: () => void) {
    this.#changed = changed;
    this.#present = new Set(Array(readers).keys());
    this.readers = [...this.#present].map((index) => ({
      values: new Observable((subscriber) => this.#enter(index, subscriber)),
      leave: () => this.#leave(index),
    }));
  }

  get abandoned(): boolean {
    return this.#present.size === 0;
  }

  connect(source: Observable<unknown>): void {
    source.pipe(takeUntil(this.#stop)).subscribe({
      next: (value) => this.#next(value),
      error: (error) => this.#finish((reader) => reader.error(error)),
      complete: () => this.#finish((reader) => reader.complete()),
    });
  }

  #enter(index: number, subscriber: Subscriber<unknown>): void {
    if (!this.#present.has(index)) return subscriber.complete();
    if (this.#kept) this.#serve(index, subscriber);
    if (this.#end) return this.#end(subscriber);
    this.#waiting.set(subscriber, index);
    subscriber.add(() => this.#waiting.delete(subscriber));
    this.wanted = true;
    this.#changed();
  }

  #leave(index: number): void {
    if (!this.#present.delete(index)) return;
    if (this.#kept && !this.#served.has(index)) release(this.#kept.value);
    if (this.abandoned) this.#stop.next();
    this.#changed();
  }

  #next(value: unknown): void {
    this.#kept = { value };
    retain(value, this.#present.size - 1);
    for (const [subscriber, index] of [...this.#waiting]) {
      if (this.#waiting.has(subscriber)) this.#serve(index, subscriber);
    }
  }

  #serve(index: number, subscriber: Subscriber<unknown>): void {
    if (this.#served.has(index)) retain(this.#kept!.value); // subscribed to again
    this.#served.add(index);
    subscriber.next(this.#kept!.value);
  }

  #finish(how: (subscriber: Subscriber<unknown>) => void): void {
    this.#end = how;
    for (const subscriber of [...this.#waiting.keys()]) how(subscriber);
  }
}
