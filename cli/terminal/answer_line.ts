import type { Answer } from "../../mod.ts";
import type { PhaseSeconds } from "../run/phase_clock.ts";

/** The last line of `--json`. */
export interface AnswerLine {
  readonly type: "answer";
  readonly answer: string;
  /** All answers, where doubt brought chunks back. */
  readonly attempts?: NonNullable<Answer["attempts"]>;
  readonly kept: Answer["kept"];
  readonly contextTokens: number;
  readonly chunks: number;
  /** Chunks that were read, where that may be fewer. */
  readonly read?: number;
  readonly provider: string;
  readonly seconds: PhaseSeconds;
  readonly peakBytes: number;
}

/** The answer with what it cost. */
export function answerLine(
  { answer, attempts, kept, contextTokens, chunks, read, provider }: Answer,
  seconds: PhaseSeconds,
  peakBytes: number,
): AnswerLine {
  return {
    type: "answer",
    answer,
    ...(attempts && { attempts }),
    kept,
    contextTokens,
    chunks,
    ...(read !== undefined && { read }),
    provider,
    seconds,
    peakBytes,
  };
}
