import { fileURLToPath } from "node:url";
import { CliError, ExitCode } from "../terminal/exit_code.ts";

/**
 * Makes sure that a file or folder may be read or written, without asking the person at the terminal: what lacks
 * the permission is a {@linkcode CliError} that says which flag gives it.
 */
export async function requirePermission(
  name: "read" | "write",
  path: string | URL,
): Promise<void> {
  const { state } = await Deno.permissions.query({ name, path });
  if (state === "granted") return;
  const place = path instanceof URL ? fileURLToPath(path) : path;
  throw new CliError(
    ExitCode.usage,
    `Permission missing: --allow-${name}=${place}`,
  );
}
