import { median } from "../result.ts";

/** What several rounds gave. */
export interface Rounds {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

/** Sums up what was measured in rounds; none is a `RangeError`. */
export function rounds(values: readonly number[]): Rounds {
  if (values.length === 0) throw new RangeError("No rounds were measured");
  return {
    median: median(values),
    least: Math.min(...values),
    most: Math.max(...values),
    rounds: values.length,
  };
}
