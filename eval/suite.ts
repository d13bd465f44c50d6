import type { Tokenizer } from "../io/tokenizer/tokenizer.ts";
import type { EvalCase } from "./eval_case.ts";

/** Which cases of a suite are wanted; what is left out is the suite's own choice. */
export interface CaseChoice {
  readonly tasks?: readonly string[];
  /** Tokens of generated cases: of the whole prompt with room for its answer. */
  readonly lengths?: readonly number[];
  /** Seeds of generated cases; the first so many of data that is read. */
  readonly seeds?: readonly number[];
  readonly limit?: number;
  /** One of the suite's {@linkcode Suite.templates}. */
  readonly template?: string;
}

/** What a suite needs to make its cases. */
export interface CaseTools {
  readonly tokenizer: Tokenizer;
  /** Folder or file of the data that a suite reads; suites that generate need none. */
  readonly data?: string;
}

/** A named set of tasks. */
export interface Suite {
  readonly name: string;
  readonly summary: string;
  /** Every task that it has. */
  readonly tasks: readonly string[];
  /** Forms of asking, the default first, where there is more than one. */
  readonly templates?: readonly string[];
  /** The cases, task by task and length by length, always in the same order; each is made when it is asked for. */
  cases(choice: CaseChoice, tools: CaseTools): AsyncIterable<EvalCase>;
}
