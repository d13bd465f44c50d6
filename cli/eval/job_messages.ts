import type { EvalCase } from "../../eval/eval_case.ts";
import type { ExitCode } from "../terminal/exit_code.ts";
import type { Failure } from "../experiment/row.ts";
import type { MethodFlags } from "./eval_method.ts";
import type { EvalOutcome } from "./eval_row.ts";
import type { MethodChoice } from "./methods.ts";

/** What a job begins with. */
export interface JobStart {
  readonly choices: readonly MethodChoice[];
  readonly flags: MethodFlags;
  /** Bytes of KV to keep in memory for several methods; nothing: every row computes its own. */
  readonly share: number | undefined;
  /** Threads where the graph leaves them to the machine. */
  readonly threads: number;
}

/** What a job is told. */
export type JobRequest =
  | { readonly kind: "start"; readonly start: JobStart }
  | {
    readonly kind: "turn";
    readonly given: EvalCase;
    readonly labels: readonly string[];
  };

/** What a job says. */
export type JobReply =
  | {
    readonly kind: "outcome";
    readonly label: string;
    readonly outcome: EvalOutcome | Failure;
  }
  | { readonly kind: "done" }
  /** Nothing more can come of it. */
  | {
    readonly kind: "failed";
    readonly code: ExitCode;
    readonly message: string;
  };
