import { statfs } from "node:fs/promises";
import { HubError } from "./hub_error.ts";

/** Blocks of a disk that this process may still fill, and their bytes. */
export interface DiskBlocks {
  readonly bavail: number;
  readonly bsize: number;
}

/**
 * Makes sure, before anything is fetched, that a folder's disk has room; says nothing where the system does not tell.
 * Blocks that only the system's owner may fill do not count as room.
 *
 * @param disk What the system says of the folder's disk.
 * @throws {HubError} If it has not.
 */
export async function requireSpace(
  folder: string,
  bytes: number,
  disk: (folder: string) => Promise<DiskBlocks> = statfs,
): Promise<void> {
  let free: number;
  try {
    const { bavail, bsize } = await disk(folder);
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
