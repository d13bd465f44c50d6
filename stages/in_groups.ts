import { Observable, Subscription } from "rxjs";
import { release } from "../core/owned.ts";

/** How values are worked on in groups. */
export interface GroupWork<T, R> {
  /** Whether one more value may join a group that has begun. */
  readonly joins: (group: readonly T[], next: T) => boolean;
  /** Takes the group over and emits what comes of it. */
  readonly work: (group: readonly T[]) => Observable<R>;
}

/**
 * Works on values in groups, one group at a time: whatever arrived while the last one was worked on, as far as it
 * joins. It never waits for a group to fill, so it cannot starve what produces the values. Values that still wait
 * when the run stops are released.
 */
export function inGroups<T, R>(
  source: Observable<T>,
  { joins, work }: GroupWork<T, R>,
): Observable<R> {
  return new Observable((subscriber) => {
    const waiting: T[] = [];
    const subscription = new Subscription();
    let busy = false;
    let ended = false;

    const next = () => {
      if (subscriber.closed) return;
      const group = waiting.splice(0, 1);
      if (group.length === 0) {
        busy = false;
        if (ended) subscriber.complete();
        return;
      }
      while (waiting.length > 0 && joins(group, waiting[0]!)) {
        group.push(waiting.shift()!);
      }
      subscription.add(
        work(group).subscribe({
          next: (value) => subscriber.next(value),
          error: (error) => subscriber.error(error),
          complete: next,
        }),
      );
    };
    subscription.add(source.subscribe({
      next: (value) => {
        waiting.push(value);
        if (busy) return;
        busy = true;
        // A little later, so that what arrives in one turn is worked on together.
        queueMicrotask(next);
      },
      error: (error) => subscriber.error(error),
      complete: () => {
        ended = true;
        if (!busy) subscriber.complete();
      },
    }));
    return () => {
      subscription.unsubscribe();
      for (const value of waiting.splice(0)) release(value);
    };
  });
}
