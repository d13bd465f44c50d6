import { bootstrapInterval, type BootstrapOptions } from "./bootstrap.ts";
import { mcnemarTest } from "./mcnemar.ts";
import { mean } from "./mean.ts";
import { signFlipTest } from "./sign_flip.ts";

/** Two methods on the same cases. */
export interface PairedComparison {
  readonly n: number;
  readonly meanA: number;
  readonly meanB: number;
  /** Mean of a − b, with its bootstrap interval over cases. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Whether the interval holds 0, or p is above 0.05: of few cases the interval alone is too narrow. */
  readonly tie: boolean;
  readonly p: number;
  /** McNemar's exact test where all scores are 0 or 1, else flipped signs. */
  readonly test: "mcnemar" | "sign-flip";
}

/** Compares scores of the same cases in the same order; lists of different lengths, or empty ones, are a `RangeError`. */
export function comparePaired(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions = {},
): PairedComparison {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `Scores of ${a.length} and ${b.length} cases cannot be paired; give the same cases`,
    );
  }
  const differences = a.map((score, i) => score - b[i]!);
  const { low, high } = bootstrapInterval(differences, options);
  const binary = [...a, ...b].every((score) => score === 0 || score === 1);
  const count = (sign: number) =>
    differences.filter((d) => Math.sign(d) === sign).length;
  const p = binary
    ? mcnemarTest(count(1), count(-1))
    : signFlipTest(differences, options);
  return {
    n: a.length,
    meanA: mean(a),
    meanB: mean(b),
    difference: mean(differences),
    low,
    high,
    tie: low <= 0 && high >= 0 || p > 0.05,
    p,
    test: binary ? "mcnemar" : "sign-flip",
  };
}
