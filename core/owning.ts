import type { OperatorFunction } from "rxjs";
import { owningGroups, type Results } from "./owning_groups.ts";

export type { Results } from "./owning_groups.ts";

/**
 * Works on values that may own memory, so many at once; order is kept only with one. What arrives is held here,
 * also while it waits and while it is worked on.
 *
 * - Work that succeeds has moved the ownership into its results; an array is several results.
 * - Work that fails has moved nothing, and the value is released: its share must not be given up before the last
 *   step that can fail.
 * - When the stream fails or is left, the work's signal aborts; what waits, and what the work still brings, is
 *   released.
 *
 * @param by Who holds the values: the node's name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { owning } from "parallelcomp";
 * import { from, lastValueFrom, toArray } from "rxjs";
 *
 * const twice = from([1, 2]).pipe(owning("twice", 1, (n: number) => [n, n]));
 * assert.deepEqual(await lastValueFrom(twice.pipe(toArray())), [1, 1, 2, 2]);
 * ```
 */
export function owning<A, B>(
  by: string,
  concurrency: number,
  work: (item: A, signal: AbortSignal) => Results<B>,
): OperatorFunction<A, B> {
  return owningGroups({
    by,
    concurrency,
    work: ([item], signal) => work(item!, signal),
  });
}
