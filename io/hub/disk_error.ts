import { HubError } from "./hub_error.ts";

/** No room: of the disk, or of a quota; as Linux, macOS and Windows number it. */
const full = ["ENOSPC", "EDQUOT"];
const fullNumbers = /\(os error (28|69|112|122)\)/;

/** What the file system did while a model was written to the cache, as one line with what would work. */
export function diskError(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || error instanceof HubError) return error;
  const { code } = error as { code?: unknown };
  const isFull = full.includes(String(code)) || fullNumbers.test(error.message);
  if (isFull) {
    return new HubError(
      "disk-full",
      `The disk of the cache '${folder}' is full; free some room, or choose another with --cache or PARALLELCOMP_CACHE, and run the same command again: it goes on where it stopped`,
      { cause: error },
    );
  }
  if (typeof code !== "string" && !(error.name in Deno.errors)) return error;
  return new HubError(
    "cache",
    `The cache '${folder}' cannot be used: ${error.message}; choose another with --cache or PARALLELCOMP_CACHE`,
    { cause: error },
  );
}

/** What reading the cache gives, its failures being {@linkcode diskError}s. */
export function withDiskErrors<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw diskError(error, folder);
  }
}
