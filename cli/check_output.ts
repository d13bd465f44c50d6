import { dirname, resolve } from "node:path";
import { CliError, ExitCode } from "./exit_code.ts";
import { requirePermission } from "./require_permission.ts";

/** Makes sure, before anything is computed, that a file can be written; its folder must be there. */
export async function checkOutput(
  path: string,
  document?: string,
): Promise<void> {
  const folder = dirname(resolve(path));
  await requirePermission("read", folder);
  await requirePermission("write", folder); // a temporary file beside it is written first
  const refuse = (reason: string): never => {
    throw new CliError(ExitCode.usage, `Cannot write '${path}': ${reason}`);
  };
  const [parent, target] = await Promise.all(
    [folder, path].map((place) => Deno.stat(place).catch(() => undefined)),
  );
  if (!parent?.isDirectory) refuse(`'${folder}' is no folder`);
  if (target && !target.isFile) refuse("it is no file");
  if (!target || !document || document === "-") return;
  const read = await Deno.stat(document).catch(() => undefined);
  const same = read && read.ino === target.ino && read.dev === target.dev;
  if (same) refuse("it is the document that is asked about");
}
