/** A question about a document, with what a right answer is and how answers are judged. */
export interface EvalCase {
  /** Unique in its suite and the same in every run, such as `passkey/8192/3`. */
  readonly id: string;
  readonly task: string;
  /** The length that was asked for, in tokens of the model; `null` where the data says how long a document is. */
  readonly length: number | null;
  /** What a generated case was made with. */
  readonly seed: number | null;
  /** A part of the task that tables keep apart, such as LongBench-E's `0-4k`. */
  readonly group?: string;
  /**
   * What stands before the document, such as instructions: every chunk begins with it. Where it is given, lead,
   * document and question follow each other as they are (the prompt's template is `lead{document}{question}`, inside
   * the user's turn where there is a chat template); else the run's own template stands around the question.
   */
  readonly lead?: string;
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
  /** `plain`: no chat template, even where the model has one. Left out: as the run says. */
  readonly form?: "plain";
  /** Texts that end the answer; none where it is empty. Left out: as the run says. */
  readonly stop?: readonly string[];
  /** The files that the case was read from. */
  readonly files?: readonly CaseFile[];
}

/** A file that a case was read from. */
export interface CaseFile {
  readonly name: string;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
  /** Whether these are the bytes that its owner published; `null` where no published checksum is known. */
  readonly published: boolean | null;
}
