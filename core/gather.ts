import { Observable, type OperatorFunction } from "rxjs";
import { WaitingValues } from "./waiting_values.ts";

/**
 * All values of a stream as one array, at its end. They are parked until then, and released when the stream fails
 * or is left.
 *
 * @param by Who keeps them: a node's name.
 */
export function gather<T>(by: string): OperatorFunction<T, T[]> {
  return (source) =>
    new Observable((subscriber) => {
      const waiting = new WaitingValues<T>(by);
      subscriber.add(() => waiting.close());
      subscriber.add(source.subscribe({
        next: (value) => waiting.push(value),
        error: (error) => subscriber.error(error),
        complete: () => {
          subscriber.next(waiting.takeAll());
          subscriber.complete();
        },
      }));
    });
}
