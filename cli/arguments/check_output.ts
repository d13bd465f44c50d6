import { dirname, resolve } from "node:path";
import { findWritePlace, type WritePlace } from "../../io/files/write_place.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "./require_permission.ts";

/** Makes sure, before anything is computed, that a file can be written; its folder must be there. */
export async function checkOutput(
  path: string,
  document?: string,
): Promise<void> {
  const refuse = (reason: string): never => {
    throw new CliError(ExitCode.usage, `Cannot write '${path}': ${reason}`);
  };
  await requireFolder(path);
  let place: WritePlace;
  try {
    place = await findWritePlace(path);
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (place.kind === "stream") return;
  await requireFolder(place.path); // a link may lead elsewhere
  const folder = dirname(resolve(place.path));
  const parent = await Deno.stat(folder).catch(() => undefined);
  if (!parent?.isDirectory) refuse(`'${folder}' is no folder`);
  if (document && document !== "-") {
    const [read, target] = await Promise.all(
      [document, place.path].map((p) => Deno.stat(p).catch(() => undefined)),
    );
    const same = read && target && read.ino === target.ino &&
      read.dev === target.dev;
    if (same) refuse("it is the file that is read");
  }
  try {
    const probe = await Deno.makeTempFile({ dir: folder, prefix: "." });
    await Deno.remove(probe);
  } catch (error) {
    refuse(`no file can be made in '${folder}': ${(error as Error).message}`);
  }
}

/** A temporary file beside the output is written first. */
async function requireFolder(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  await requirePermission("read", folder);
  await requirePermission("write", folder);
}
