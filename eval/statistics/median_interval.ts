import type { Interval } from "./bootstrap.ts";

/** How unlikely it may be that the median lies beyond one end. */
const TAIL = 0.025;

/**
 * Interval of the median by order statistics, 95 % or a little more whatever the values are distributed like: how many
 * of n values lie below it is binomial. Of fewer than six values it is their range, which holds it less often: print n
 * beside it. No values are a `RangeError`.
 */
export function medianInterval(values: readonly number[]): Interval {
  const n = values.length;
  if (n === 0) throw new RangeError("No values; give at least one");
  const sorted = values.toSorted((a, b) => a - b);
  let rank = 0; // values that are left out at either end
  let log = -n * Math.LN2; // of the binomial probability of so many below
  let below = Math.exp(log);
  for (;;) {
    const next = log + Math.log(n - rank) - Math.log(rank + 1);
    if (below + Math.exp(next) > TAIL) break;
    below += Math.exp(next);
    log = next;
    rank++;
  }
  return { low: sorted[rank]!, high: sorted[n - 1 - rank]! };
}
