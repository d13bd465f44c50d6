/** What every head may keep. */
export interface HeadLimits {
  /** Protected entries: they stay whatever the rule says. */
  readonly least: Int32Array; // [heads]
  /** Entries that the head holds. */
  readonly most: Int32Array; // [heads]
}

/** Limits of every KV head, read from its scores: +Infinity is protected, −Infinity is padding. */
export function headLimits(
  scores: readonly Float32Array[], // layers × [kvHeads, entries]
  kvHeads: number,
): HeadLimits {
  const least = new Int32Array(scores.length * kvHeads); // [layers · kvHeads]
  const most = new Int32Array(scores.length * kvHeads); // [layers · kvHeads]
  for (const [l, layer] of scores.entries()) {
    const entries = layer.length / kvHeads;
    for (const [at, score] of layer.entries()) {
      const head = l * kvHeads + Math.floor(at / entries);
      if (score === Infinity) least[head]!++;
      if (score !== -Infinity) most[head]!++;
    }
  }
  return { least, most };
}

/**
 * Whole numbers near `wanted` with exactly the same sum, each between `least` and `most`: rounded down, then one more
 * where the largest parts were cut off (of equal ones the first); what a head cannot hold, or must hold beyond its
 * wish, is shared out evenly among the others. The sum is missed only where the limits leave no choice.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fitCounts } from "parallelcomp";
 *
 * const limits = { least: Int32Array.of(0, 0, 0), most: Int32Array.of(9, 3, 9) };
 * assert.deepEqual([...fitCounts([4.5, 4.5, 2], limits)], [6, 3, 2]);
 * ```
 */
export function fitCounts(
  wanted: readonly number[], // [heads]
  { least, most }: HeadLimits,
): Int32Array {
  const counts = wholeNumbers(wanted); // [heads]
  const total = counts.reduce((a, b) => a + b, 0);
  const fitted = counts.map((count, i) =>
    Math.max(least[i]!, Math.min(most[i]!, count))
  ); // [heads]
  let over = fitted.reduce((a, b) => a + b, 0) - total;
  while (over !== 0) {
    const step = over > 0 ? -1 : 1;
    const free = [...fitted.keys()].filter((i) =>
      step < 0 ? fitted[i]! > least[i]! : fitted[i]! < most[i]!
    );
    if (free.length === 0) break;
    const each = Math.max(1, Math.floor(Math.abs(over) / free.length));
    for (const i of free) {
      if (over === 0) break;
      const room = step < 0 ? fitted[i]! - least[i]! : most[i]! - fitted[i]!;
      const moved = Math.min(each, room, Math.abs(over));
      fitted[i]! += step * moved;
      over += step * moved;
    }
  }
  return fitted;
}

/** Largest remainders: the sum is that of `wanted`, rounded. */
function wholeNumbers(wanted: readonly number[]): Int32Array {
  const counts = Int32Array.from(wanted, Math.floor); // [heads]
  const total = Math.round(wanted.reduce((a, b) => a + b, 0));
  const rest = total - counts.reduce((a, b) => a + b, 0);
  const cut = (i: number) => wanted[i]! - counts[i]!;
  const order = [...wanted.keys()].sort((a, b) => cut(b) - cut(a) || a - b);
  for (const i of order.slice(0, rest)) counts[i]!++;
  return counts;
}
