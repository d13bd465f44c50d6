import type { EvalCase } from "./eval_case.ts";

/** How a prediction is judged. */
export interface Metric {
  /** As cases name it, such as `qa-f1`. */
  readonly name: string;
  /** The published definition: paper or file. */
  readonly source: string;
  /** Loads what {@linkcode score} needs, where that takes time or memory; wait for it once before the first score. */
  ready?(): Promise<void>;
  /** From 0, wrong, to 1, right. Pure, and total: every text has a score. */
  score(
    prediction: string,
    given: Pick<EvalCase, "task" | "expected" | "options">,
  ): number;
}
