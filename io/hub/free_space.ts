import { statfs } from "node:fs/promises";
import { HubError } from "./hub_error.ts";

/**
 * Makes sure, before anything is fetched, that a folder's disk has room; says nothing where the system does not tell.
 *
 * @throws {HubError} If it has not.
 */
export async function requireSpace(
  folder: string,
  bytes: number,
): Promise<void> {
  let free: number;
  try {
    const { bavail, bsize } = await statfs(folder);
    free = bavail * bsize;
  } catch {
    return;
  }
  if (bytes <= free) return;
  throw new HubError(
    "disk-full",
    `${
      gib(bytes)
    } are to be fetched and the disk of the cache '${folder}' has ${
      gib(free)
    } left; free some room, or choose another with --cache or PARALLELCOMP_CACHE`,
  );
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
