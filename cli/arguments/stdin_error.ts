import { CliError, ExitCode } from "../terminal/exit_code.ts";

/** What is said when standard input cannot be read: it is a folder, say, or its terminal is gone. */
export function stdinError(cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `Cannot read standard input: ${reason}`;
  return new CliError(ExitCode.input, message, { cause });
}
