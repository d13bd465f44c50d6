import { Observable, type OperatorFunction } from "rxjs";
import { release } from "./owned.ts";
import { WaitingValues } from "./waiting_values.ts";

/** One value, several, or a promise of them; an array is several values. */
export type Results<B> = B | readonly B[] | Promise<B | readonly B[]>;

/** How values are worked on in groups. */
export interface GroupWork<A, B> {
  /** Who holds the values: the node's name. */
  readonly by: string;
  /** Groups worked on at once. */
  readonly concurrency: number;
  /** Whether one more value may join a group that has begun; absent: every value by itself. */
  readonly joins?: (group: readonly A[], next: A) => boolean;
  readonly work: (group: readonly A[], signal: AbortSignal) => Results<B>;
}

/**
 * Works on values in groups: whatever arrived meanwhile, as far as it joins. It never waits for a group to fill, so
 * it cannot starve what produces the values. Who owns what is said at `owning`.
 */
export function owningGroups<A, B>(
  { by, concurrency, joins, work }: GroupWork<A, B>,
): OperatorFunction<A, B> {
  return (source) =>
    new Observable((subscriber) => {
      const waiting = new WaitingValues<A>(by);
      const running = new Set<AbortController>();
      let ended = false;

      const run = async (group: readonly A[]) => {
        const controller = new AbortController();
        running.add(controller);
        let results: B | readonly B[];
        try {
          results = await work(group, controller.signal);
        } catch (error) {
          release(group);
          return subscriber.error(error);
        } finally {
          running.delete(controller);
        }
        for (const value of Array.isArray(results) ? results : [results]) {
          if (subscriber.closed) release(value);
          else subscriber.next(value);
        }
        proceed();
      };
      const proceed = () => {
        while (waiting.length > 0 && running.size < concurrency) {
          const group = [waiting.shift()];
          while (waiting.length > 0 && joins?.(group, waiting.first!)) {
            group.push(waiting.shift());
          }
          run(group);
        }
        if (ended && running.size === 0) subscriber.complete();
      };

      subscriber.add(() => {
        waiting.close();
        for (const controller of running) controller.abort();
      });
      subscriber.add(source.subscribe({
        next: (value) => {
          waiting.push(value);
          // A little later where values join, so that what arrives in one turn is worked on together.
          if (joins) queueMicrotask(proceed);
          else proceed();
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          ended = true;
          proceed();
        },
      }));
    });
}
