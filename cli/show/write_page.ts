import { atomicWrite } from "../../io/files/atomic_write.ts";
import { formatBytes } from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import type { RunRecord } from "../record/run_record.ts";
import { terminal } from "../terminal/terminal.ts";
import { page } from "./page.ts";

/** Writes the page of a run, whole or not at all, and says so. */
export async function writePage(
  path: string,
  record: RunRecord,
): Promise<void> {
  const content = new TextEncoder().encode(page(record));
  try {
    await atomicWrite(path, content);
  } catch (cause) {
    const message = `Cannot write '${path}': ${(cause as Error).message}`;
    throw new CliError(ExitCode.usage, message, { cause });
  }
  terminal.err(`page: ${path}, ${formatBytes(content.length)}\n`);
}
