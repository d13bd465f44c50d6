import { BudgetError, GraphError, HubError, StageError } from "../../mod.ts";
import { FormatError } from "../../io/format_error.ts";

/** How the command ends; part of the interface, listed in `--help`. */
export const ExitCode = {
  ok: 0,
  internal: 1,
  usage: 2,
  graph: 3,
  model: 4,
  input: 5,
  memory: 6,
  interrupted: 130,
} as const;

/** One of the documented exit codes. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

/** The exit codes for people, for `--help`. */
export const exitCodeHelp = `Exit codes:
  0    done
  1    an error inside the program; sweep, eval: a row failed; conform: a check failed
  2    wrong use: unknown command, flag or value; a permission is missing
  3    the graph cannot be used: its file, its name, a value of --set
  4    the model file cannot be used; pull: the model cannot be had
  5    the document or the question cannot be used
  6    not enough memory for what was asked
  130  interrupted (Ctrl-C)`;

/** An error whose message is meant for the person at the terminal, with the code to end with. */
export class CliError extends Error {
  override name = "CliError";

  constructor(
    readonly code: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error that the person at the terminal was told already: only its code is left to say. */
export class SaidError extends CliError {
  override name = "SaidError";

  constructor(said: CliError) {
    super(said.code, said.message, { cause: said });
  }
}

/** Ctrl-C or SIGTERM. */
export class InterruptError extends CliError {
  override name = "InterruptError";

  constructor() {
    super(ExitCode.interrupted, "Interrupted");
  }
}

/** With which code an error ends the command. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.code;
  if (error instanceof GraphError) return ExitCode.graph;
  if (error instanceof FormatError) return ExitCode.model;
  if (error instanceof HubError) return ExitCode.model;
  if (error instanceof BudgetError) return ExitCode.memory;
  if (error instanceof Deno.errors.NotCapable) return ExitCode.usage;
  if (error instanceof StageError) return stageExitCode(error);
  return ExitCode.internal;
}

/** What the first stages refuse is the model or the input; what fails later is ours. */
function stageExitCode({ stage, cause }: StageError): ExitCode {
  const kind = stage.split(".")[0]!;
  if (kind === "source") return ExitCode.input;
  const code = exitCodeOf(cause);
  if (code !== ExitCode.internal) return code;
  if (stage === "model") return ExitCode.model;
  const reads = ["tokenize", "prompt", "chunk"].includes(kind);
  return reads && !(cause instanceof TypeError)
    ? ExitCode.input
    : ExitCode.internal;
}
