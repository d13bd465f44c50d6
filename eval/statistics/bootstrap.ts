import { seeded } from "./seeded.ts";

/** A confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How an interval is drawn. */
export interface BootstrapOptions {
  /** The same seed gives the same interval. Default: 0. */
  readonly seed?: number;
  /** Default: 10,000. */
  readonly resamples?: number;
  /** Default: 0.95. */
  readonly level?: number;
}

/**
 * Percentile bootstrap interval of the mean (Efron 1979): means of samples drawn with replacement, their quantiles at
 * (1 − level) / 2 from either end. Of one value, or of equal ones, it is that value: it says nothing then, so print n
 * beside it. No values are a `RangeError`.
 */
export function bootstrapInterval(
  values: readonly number[],
  { seed = 0, resamples = 10_000, level = 0.95 }: BootstrapOptions = {},
): Interval {
  const n = values.length;
  if (n === 0) throw new RangeError("No values; give at least one");
  if (values.every((value) => value === values[0])) {
    return { low: values[0]!, high: values[0]! };
  }
  const random = seeded(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[Math.floor(random() * n)]!;
    return sum / n;
  }).sort(); // [resamples]
  const tail = (1 - level) / 2;
  return { low: quantile(means, tail), high: quantile(means, 1 - tail) };
}

/** Linear between neighbours; the values are sorted. */
function quantile(sorted: Float64Array, at: number): number {
  const place = at * (sorted.length - 1);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  const [a, b] = [sorted[low]!, sorted[high]!];
  return a + (b - a) * (place - low);
}
