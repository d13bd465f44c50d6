import type { TopLevelSpec } from "vega-lite";

/** The data of a file of `bench/results/`, by its name without `.json`. */
export type Results = ReadonlyMap<string, unknown>;

/** One chart of the page. */
export interface Figure {
  readonly title: string;
  /** What is compared, on what, and what a bar and a line mean. */
  readonly says: string;
  /** Names of the results that it draws. */
  readonly files: readonly string[];
  readonly chart: TopLevelSpec;
}

/** Makes the charts of results that are measured alike. */
export interface Drawing {
  /** Which results it draws, all of them together. */
  readonly of: RegExp;
  draw(results: Results): readonly Figure[];
}
