import type { CaseFile } from "../../eval/eval_case.ts";
import type { PhaseSeconds } from "../run/phase_clock.ts";
import type { Versions } from "../experiment/provenance.ts";
import type { Ran } from "../experiment/row.ts";
import type { RowKind } from "../experiment/rows_file.ts";
import type { Edit } from "../experiment/variation.ts";

/** What a row is about; two rows with the same would say the same. */
export interface EvalKey {
  readonly method: string;
  readonly effectiveHash: string;
  readonly caseHash: string;
  readonly modelHash: string | null;
}

/** What a method did with a case. */
export interface EvalOutcome {
  /** What was judged: the answer; where a continuation was measured, its mean NLL in nats as text. */
  readonly prediction: string;
  /** From 0, wrong, to 1, right; of perplexity its inverse. */
  readonly score: number;
  /** Mean NLL of a given continuation's tokens, in nats. */
  readonly nll?: number;
  readonly finish: "stop" | "length";
  /** Tokens of the prediction. */
  readonly tokens: number;
  /** Wall seconds that the case would take alone: with its share of what was computed once for several methods. */
  readonly seconds: number;
  readonly sharedSeconds: number;
  /** Up to the first token, what is shared included; `null` where nothing was decoded. */
  readonly firstTokenSeconds: number | null;
  /** Rows that git holds have none. */
  readonly phases?: PhaseSeconds;
  /** Chunks of the document. */
  readonly chunks: number;
  /** How many of them were read, where that may be fewer. */
  readonly read?: number;
  /** Of every chunk; `null` where it was not scored. Rows that git holds have none. */
  readonly scores?: readonly (number | null)[];
  readonly kept: {
    readonly chunks: number;
    /** Entries of the merged cache per KV head, the mean over layers. */
    readonly entries: number;
    /** Bytes of the cache that the answer was decoded over. */
    readonly bytes: number;
    /** Rows that git holds have none. */
    readonly indices?: readonly number[];
  };
  /** The most bytes of KV that were leased at the same time, shared chunks not counted. */
  readonly peakBytes: number;
  /** The most bytes that the process has held up to the end of this row. */
  readonly processPeakBytes: number;
  readonly provider: string;
  readonly warnings: readonly string[];
}

/** One line of the rows of an eval. */
export type EvalRow =
  & EvalKey
  & {
    readonly case: string;
    readonly suite: string;
    readonly task: string;
    readonly group: string | null;
    readonly length: number | null;
    readonly caseSeed: number | null;
    readonly queryAware: boolean;
    readonly oracle: boolean;
    readonly metric: string;
    readonly expected: readonly string[];
    /** The suite's template that was asked for. */
    readonly template: string | null;
    readonly values: Readonly<Record<string, unknown>>;
    /** The graph's parameters as they ran, without those that the case sets; rows of before have none. */
    readonly params?: Readonly<Record<string, unknown>>;
    /** What the method changed of the graph beside parameters; rows of before have none. */
    readonly changes?: readonly Edit[];
    readonly graph: string;
    readonly graphHash: string;
    /** Of the files that the case was read from, else of what `--data` names. */
    readonly dataHash: string | null;
    readonly files: readonly CaseFile[];
    readonly model: string;
    readonly vocabularyHash: string;
    /** Of what the model's chat template makes of a small conversation. */
    readonly chatTemplateHash: string | null;
    readonly versions: Versions;
    /** The command that made the row, as it was typed; rows of before have none. */
    readonly command?: string;
    /** When the row was written, UTC. */
    readonly at: string;
  }
  & (EvalOutcome | { readonly error: string });

/** A row of a run that did not fail. */
export type DoneRow = Extract<EvalRow, EvalOutcome>;

/** Rows of `eval`. */
export const evalRow: RowKind<EvalRow> = {
  command: "eval",
  key: evalKeyText,
  isRow: ({ effectiveHash, caseHash, method }) =>
    [effectiveHash, caseHash, method].every((key) => typeof key === "string"),
};

/** The key as one text. */
export function evalKeyText(
  { method, effectiveHash, caseHash, modelHash }: EvalKey,
): string {
  return [method, effectiveHash, caseHash, modelHash].join(" ");
}

/** Rows without those that failed. */
export function doneRows(rows: readonly EvalRow[]): DoneRow[] {
  return rows.flatMap((row) => "error" in row ? [] : [row]);
}

/** Whether a row is as `eval` wrote it: rows that git holds are shorter, and count as not there where an eval goes on. */
export function isWhole(row: DoneRow): boolean {
  return [row.phases, row.scores, row.kept.indices].every((part) =>
    part !== undefined
  );
}

/** A run as a row says it, before what judges it. */
export function evalOutcome(
  { answer, bytes, firstTokenSeconds, ...ran }: Ran,
  processPeakBytes: number,
  judge: (prediction: string) => number,
): EvalOutcome {
  const { nll } = answer;
  const prediction = nll === undefined ? answer.answer : String(nll);
  return {
    prediction,
    score: judge(prediction),
    ...(nll !== undefined && { nll }),
    finish: answer.finish,
    tokens: answer.tokens,
    seconds: ran.seconds,
    sharedSeconds: ran.sharedSeconds,
    firstTokenSeconds,
    phases: ran.phases,
    chunks: answer.chunks,
    ...(answer.read !== undefined && { read: answer.read }),
    scores: ran.scores,
    kept: {
      chunks: answer.kept.length,
      entries: answer.contextTokens,
      bytes,
      indices: answer.kept.map(({ chunk }) => chunk),
    },
    peakBytes: ran.peakBytes,
    processPeakBytes,
    provider: answer.provider,
    warnings: ran.warnings,
  };
}
