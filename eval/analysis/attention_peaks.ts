import type { ShapeLimits } from "./shape_limits.ts";

/** A stretch of entries, `[from, to)`: those that came from one chunk. */
export interface Segment {
  /** Index of the chunk. */
  readonly chunk: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Peaks of attention in every segment: entries that are the largest within `peakWindow` entries of their segment, the
 * first where several are equal, and hold at least `peakFactor` times the median over all of the attention after a
 * max-pool of that width.
 */
export function attentionPeaks(
  p: Float64Array, // [entries]
  segments: readonly Segment[],
  { peakFactor, peakWindow }: Pick<ShapeLimits, "peakFactor" | "peakWindow">,
): number[] { // [segments]
  const half = Math.floor(peakWindow / 2);
  const pooled = segments.map(({ from, to }) =>
    maxPool(p.subarray(from, to), half)
  );
  const least = peakFactor * median(pooled.flatMap((part) => [...part]));
  return segments.map(({ from, to }, s) => {
    const part = p.subarray(from, to);
    return part.reduce((count, mass, i) => {
      const highest = mass === pooled[s]![i] && mass > 0 && mass >= least;
      const first = highest &&
        !part.subarray(Math.max(0, i - half), i).includes(mass);
      return count + (first ? 1 : 0);
    }, 0);
  });
}

function maxPool(part: Float64Array, half: number): Float64Array {
  return part.map((_, i) =>
    part.subarray(Math.max(0, i - half), i + half + 1)
      .reduce((a, b) => Math.max(a, b), 0)
  );
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
