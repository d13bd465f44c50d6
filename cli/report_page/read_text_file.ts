import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "../arguments/require_permission.ts";

/** A file's text; one that cannot be read is said so in one line. */
export async function readTextFile(path: string): Promise<string> {
  await requirePermission("read", path);
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new CliError(
      ExitCode.input,
      `Cannot read '${path}': ${(cause as Error).message}`,
      { cause },
    );
  }
}
