import { exitCodeOf } from "./exit_code.ts";
import { jsonLine } from "./json_report.ts";
import type { Terminal } from "./terminal.ts";

/** An error as a line of `--json`. */
export interface ErrorLine {
  readonly type: "error";
  /** With which code it ends the command, or would if no more questions came. */
  readonly code: number;
  readonly message: string;
}

/** Says an error: for people on standard error, with `--json` as a line on standard output too. */
export function sayError(
  error: unknown,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): void {
  const message = error instanceof Error ? error.message : String(error);
  const debug = Deno.env.get("PARALLELCOMP_DEBUG") === "1";
  const stack = debug && error instanceof Error ? error.stack : undefined;
  terminal.err(`error: ${stack ?? message}\n`);
  if (json) terminal.out(errorLine(exitCodeOf(error), message));
}

/** The line of `--json` for an error. */
export function errorLine(code: number, message: string): string {
  return jsonLine({ type: "error", code, message } satisfies ErrorLine);
}
