import { roundHalfEven } from "./round_half_even.ts";

/**
 * `fuzz.ratio(a, b) / 100` of the package `fuzzywuzzy` (0.18.0) over a ratio of its choice: two equal texts are 1, also
 * empty ones; else it is the ratio in whole percents.
 */
export function fuzzRatio(
  a: string,
  b: string,
  ratio: (a: string, b: string) => number,
): number {
  if (a === b) return 1;
  return roundHalfEven(100 * ratio(a, b)) / 100;
}
