import {
  defaultIfEmpty,
  EMPTY,
  Observable,
  type ObservedValueOf,
  Subscriber,
  Subscription,
} from "rxjs";
import { release } from "../core/owned.ts";
import { WaitingValues } from "../core/waiting_values.ts";

/** Values of single inputs by name. */
type Values<S> = { [K in keyof S]: ObservedValueOf<S[K]> };

/** An optional single input: `undefined` where nothing is connected. */
export function optional<T>(source: Observable<T>): Observable<T | undefined> {
  return source.pipe(defaultIfEmpty<T, undefined>(undefined));
}

/**
 * Waits for the first value of every single input, then runs `work`. The inputs stay subscribed until the work
 * ends, so that what owns them (a model, a merged cache) stays alive as long as it is used. `stream` is
 * subscribed at once, as the runner asks of every stage; what arrives early waits. Values that own memory belong to
 * `work` once it has been called, those of `stream` once it has read them; what it never gets is released.
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
    const values: Record<string, unknown> = {};
    const names = Object.keys(singles);
    const waiting = new WaitingValues<T>(`a stage without ${names.join(", ")}`);
    const early = earlyValues(stream, waiting, subscription);
    let missing = names.length;
    let started = false;
    const start = () => {
      let working: Observable<R>;
      try {
        working = work(values as Values<S>, early);
      } catch (error) {
        return subscriber.error(error);
      }
      started = true;
      subscription.add(working.subscribe(subscriber));
    };
    subscription.add(() => {
      if (!started) release(Object.values(values));
    });
    for (const name of names) {
      subscription.add(singles[name]!.subscribe({
        next: (value) => {
          if (name in values || subscriber.closed) return release(value);
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
function earlyValues<T>(
  source: Observable<T>,
  waiting: WaitingValues<T>,
  subscription: Subscription,
): Observable<T> {
  let reader: Subscriber<T> | undefined;
  let end: ((reader: Subscriber<T>) => void) | undefined;
  const finish = (how: (reader: Subscriber<T>) => void) => {
    if (reader) how(reader);
    else end = how;
  };
  subscription.add(() => waiting.close());
  subscription.add(source.subscribe({
    next: (value) => {
      if (reader && !reader.closed) reader.next(value);
      else waiting.push(value);
    },
    error: (error) => finish((reader) => reader.error(error)),
    complete: () => finish((reader) => reader.complete()),
  }));
  return new Observable((subscriber) => {
    subscriber.add(() => waiting.close()); // who has read once reads no more
    while (waiting.length > 0) subscriber.next(waiting.shift());
    if (end) end(subscriber);
    else reader = subscriber;
  });
}
