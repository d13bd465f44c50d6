import {
  defaultIfEmpty,
  EMPTY,
  Observable,
  type ObservedValueOf,
  Subscriber,
  Subscription,
} from "rxjs";

/** Values of single inputs by name. */
type Values<S> = { [K in keyof S]: ObservedValueOf<S[K]> };

/** An optional single input: `undefined` where nothing is connected. */
export function optional<T>(source: Observable<T>): Observable<T | undefined> {
  return source.pipe(defaultIfEmpty<T, undefined>(undefined));
}

/**
 * Waits for the first value of every single input, then runs `work`. The inputs stay subscribed until the work
 * ends, so that what owns them (a model, a merged cache) stays alive as long as it is used. `stream` is
 * subscribed at once, as the runner asks of every stage; what arrives early waits.
 */
export function withSingles<
  S extends Readonly<Record<string, Observable<unknown>>>,
  R,
  T = never,
>(
  singles: S,
  work: (values: Values<S>, stream: Observable<T>) => Observable<R>,
  stream: Observable<T> = EMPTY,
): Observable<R> {
  return new Observable((subscriber) => {
    const subscription = new Subscription();
    const early = new EarlyValues(stream, subscription);
    const values: Record<string, unknown> = {};
    const names = Object.keys(singles);
    let missing = names.length;
    const start = () => {
      let working: Observable<R>;
      try {
        working = work(values as Values<S>, early.replayed);
      } catch (error) {
        return subscriber.error(error);
      }
      subscription.add(working.subscribe(subscriber));
    };
    for (const name of names) {
      subscription.add(singles[name]!.subscribe({
        next: (value) => {
          if (name in values) return;
          values[name] = value;
          if (--missing === 0) start();
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          if (name in values) return;
          subscriber.error(
            new RangeError(`Input '${name}' ended without a value`),
          );
        },
      }));
    }
    if (names.length === 0) start();
    return subscription;
  });
}

/** A stream that is subscribed at once and read later, by one reader. */
class EarlyValues<T> {
  readonly #waiting: T[] = [];
  #reader: Subscriber<T> | undefined;
  #end: ((reader: Subscriber<T>) => void) | undefined;
  readonly replayed: Observable<T>;

  constructor(source: Observable<T>, subscription: Subscription) {
    const finish = (end: (reader: Subscriber<T>) => void) => {
      if (this.#reader) end(this.#reader);
      else this.#end = end;
    };
    this.replayed = new Observable((reader) => {
      while (this.#waiting.length > 0) reader.next(this.#waiting.shift()!);
      if (this.#end) this.#end(reader);
      else this.#reader = reader;
    });
    subscription.add(source.subscribe({
      next: (value) => {
        if (this.#reader) this.#reader.next(value);
        else this.#waiting.push(value);
      },
      error: (error) => finish((reader) => reader.error(error)),
      complete: () => finish((reader) => reader.complete()),
    }));
  }
}
