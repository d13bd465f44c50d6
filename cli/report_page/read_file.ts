import { gunzip } from "../../io/files/gzip.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "../arguments/require_permission.ts";

/** A file as it is, and the text in it. */
export interface FileRead {
  readonly bytes: Uint8Array;
  /** Of packed files what was packed. */
  readonly text: string;
}

/** Reads a file of text, packed or not; one that cannot be read is said so in one line. */
export async function readFile(path: string): Promise<FileRead> {
  await requirePermission("read", path);
  try {
    const bytes = await Deno.readFile(path);
    return { bytes, text: new TextDecoder().decode(await gunzip(bytes)) };
  } catch (cause) {
    throw new CliError(
      ExitCode.input,
      `Cannot read '${path}': ${(cause as Error).message}`,
      { cause },
    );
  }
}
