import { atomicWrite } from "../../io/files/atomic_write.ts";
import { formatBytes } from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import type { Session } from "../run/session.ts";

/** Writes a file whole or not at all, and says so. */
export async function writeWhole(
  path: string,
  text: string,
  { terminal, interrupt: { signal } }: Session,
): Promise<void> {
  const content = new TextEncoder().encode(text);
  try {
    await atomicWrite(path, content, { signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const message = `Cannot write '${path}': ${(cause as Error).message}`;
    throw new CliError(ExitCode.usage, message, { cause });
  }
  terminal.err(`written: ${path}, ${formatBytes(content.length)}\n`);
}
