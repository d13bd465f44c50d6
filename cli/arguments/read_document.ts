import { stdinError } from "./stdin_error.ts";
import { FormatError } from "../../io/format_error.ts";
import { readText } from "../../io/files/text_file.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "./require_permission.ts";
import { type Text } from "../../mod.ts";

/** A document and what was odd about its file. */
export interface ReadDocument {
  readonly document: Text;
  readonly warnings: readonly string[];
}

/** Reads a text file, or standard input for `-`. What cannot be read is a {@linkcode CliError}. */
export async function readDocument(
  path: string,
  signal?: AbortSignal,
): Promise<ReadDocument> {
  if (path !== "-") await requirePermission("read", path);
  try {
    const { text, warnings } = await readText(path, signal ? { signal } : {});
    const name = path === "-" ? "standard input" : path;
    return { document: { name, text }, warnings };
  } catch (cause) {
    if (cause instanceof FormatError) {
      throw new CliError(ExitCode.input, cause.message, { cause });
    }
    if (path === "-" && !signal?.aborted) throw stdinError(cause);
    throw cause;
  }
}
