import { atomicWrite } from "../../io/files/atomic_write.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import type { RunRecord } from "./run_record.ts";

/** Writes a record, whole or not at all; gives its bytes. A file that cannot be written is a {@linkcode CliError}. */
export async function writeRecord(
  path: string,
  record: RunRecord,
  signal: AbortSignal,
): Promise<number> {
  const content = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
  try {
    await atomicWrite(path, content, { signal });
    return content.length;
  } catch (cause) {
    if (signal.aborted) throw cause;
    const message = `Cannot write '${path}': ${(cause as Error).message}`;
    throw new CliError(ExitCode.usage, message, { cause });
  }
}
