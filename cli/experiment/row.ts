import type { Answer } from "../../mod.ts";
import type { PhaseSeconds } from "../run/phase_clock.ts";
import type { Versions } from "./provenance.ts";
import type { RowKind } from "./rows_file.ts";

/** What a row is about; two rows with the same would say the same. */
export interface RowKey {
  /** Hash of the graph with the variation, as it was run. */
  readonly effectiveHash: string;
  readonly caseHash: string;
  readonly modelHash: string | null;
  readonly seed: number | null;
}

/** What a run gave, before it is judged. */
export interface Ran {
  readonly answer: Answer;
  /** Wall seconds that the case would take alone: with its share of what was computed once for several rows. */
  readonly seconds: number;
  /** Of these, seconds of the part that several rows share. */
  readonly sharedSeconds: number;
  /** Seconds up to the answer's first token, what is shared included; `null` where none was decoded. */
  readonly firstTokenSeconds: number | null;
  readonly phases: PhaseSeconds;
  /** Bytes of the cache that the answer was decoded over; 0 where nothing was decoded. */
  readonly bytes: number;
  /** Of every chunk of the document; `null` where it was not scored. */
  readonly scores: readonly (number | null)[];
  /** The most bytes of KV that were leased at the same time, shared chunks not counted. */
  readonly peakBytes: number;
  readonly warnings: readonly string[];
}

/** What a row says of a run. */
export interface Outcome {
  readonly answer: string;
  readonly right: boolean;
  readonly finish: "stop" | "length";
  /** Tokens of the answer. */
  readonly tokens: number;
  /** Wall seconds that the case would take alone: with its share of what was computed once for several rows. */
  readonly seconds: number;
  /** Of these, seconds of the part that several rows share. */
  readonly sharedSeconds: number;
  readonly phases: PhaseSeconds;
  readonly kept: {
    readonly chunks: number;
    /** Entries of the merged cache per KV head, the mean over layers. */
    readonly entries: number;
    /** Bytes of the cache that the answer was decoded over. */
    readonly bytes: number;
    readonly indices: readonly number[];
  };
  /** Chunks of the document. */
  readonly chunks: number;
  /** How many of them were read, where that may be fewer. */
  readonly read?: number;
  /** The most bytes of KV that were leased at the same time, shared chunks not counted. */
  readonly peakBytes: number;
  readonly provider: string;
  readonly warnings: readonly string[];
}

/** A run that failed. */
export interface Failure {
  readonly error: string;
  readonly right: false;
}

/** One line of the rows of a sweep. */
export type Row =
  & RowKey
  & {
    readonly case: string;
    readonly task: string;
    /** What the case was made with. */
    readonly caseSeed: number | null;
    readonly variation: string;
    readonly values: Readonly<Record<string, unknown>>;
    readonly expected: readonly string[];
    readonly graph: string;
    readonly graphHash: string;
    readonly casesHash: string;
    readonly model: string | null;
    readonly vocabularyHash: string;
    readonly versions: Versions;
    /** When the row was written, UTC. */
    readonly at: string;
  }
  & (Outcome | Failure);

/** The key as one text. */
export function keyText(key: RowKey): string {
  const { effectiveHash, caseHash, modelHash, seed } = key;
  return [effectiveHash, caseHash, modelHash, seed].join(" ");
}

/** Rows of `sweep`. */
export const sweepRow: RowKind<Row> = {
  command: "sweep",
  key: keyText,
  isRow: ({ effectiveHash, caseHash, variation }) =>
    [effectiveHash, caseHash, variation].every((key) =>
      typeof key === "string"
    ),
};

/** A run as a row says it; right is an answer that contains one of the expected texts. */
export function outcomeOf(
  { answer, seconds, sharedSeconds, phases, bytes, ...ran }: Ran,
  expected: readonly string[],
): Outcome {
  return {
    answer: answer.answer,
    right: expected.some((text) => answer.answer.includes(text)),
    finish: answer.finish,
    tokens: answer.tokens,
    seconds,
    sharedSeconds,
    phases,
    kept: {
      chunks: answer.kept.length,
      entries: answer.contextTokens,
      bytes,
      indices: answer.kept.map(({ chunk }) => chunk),
    },
    chunks: answer.chunks,
    ...(answer.read !== undefined && { read: answer.read }),
    peakBytes: ran.peakBytes,
    provider: answer.provider,
    warnings: ran.warnings,
  };
}
