/** A question about a document, with what a right answer is and how answers are judged. */
export interface EvalCase {
  /** Unique in its suite and the same in every run, such as `passkey/8192/3`. */
  readonly id: string;
  readonly task: string;
  /** The length that was asked for, in tokens of the model; `null` where the data says how long a document is. */
  readonly length: number | null;
  /** What a generated case was made with. */
  readonly seed: number | null;
  readonly document: string;
  /** What is asked, without {@linkcode answerPrefix}. */
  readonly question: string;
  /** How the answer begins: the model goes on from it. It is no part of the prediction. */
  readonly answerPrefix?: string;
  /** Right answers; a metric says whether one or all of them count. */
  readonly expected: readonly string[];
  /** Texts of the document that the answer stands on, for the oracle. */
  readonly evidence?: readonly string[];
  /** What may be chosen from: classes, or options of a multiple choice. */
  readonly options?: readonly string[];
  /** Name in `eval/metrics`. */
  readonly metric: string;
  /** Tokens that the answer may have. */
  readonly maxTokens: number;
}
