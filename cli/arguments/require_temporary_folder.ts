import { tmpdir } from "node:os";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "./require_permission.ts";

/** Makes sure, before a document is read, that what memory has no room for can go to a temporary file. */
export async function requireTemporaryFolder(): Promise<void> {
  const folder = tmpdir();
  await requirePermission("read", folder);
  await requirePermission("write", folder);
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: folder }));
  } catch (cause) {
    throw new CliError(
      ExitCode.usage,
      `No temporary file can be made in '${folder}': ${
        (cause as Error).message
      }; name another folder in TMPDIR`,
      { cause },
    );
  }
}
