/** Something of the paper that `parallelcomp eval` makes again. */
export interface PaperRun {
  /** Arguments of `eval`, one command after the other: what is asked can differ by length. All go on from the same rows. */
  readonly evals: readonly (readonly string[])[];
  /** The method that all others are compared with, case by case. */
  readonly against: string;
  /** Path of the model, where it is not the bundled one; downloads what is not there. */
  readonly model?: () => Promise<string>;
  /** Why it is run only where it is named, such as its hours. */
  readonly onlyNamed?: string;
}

/** Others can work meanwhile; what is answered does not depend on it. */
export const oneThread: readonly string[] = ["--threads", "1"];
