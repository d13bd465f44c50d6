import { dirname, resolve } from "node:path";

/** What pieces are written to. */
export interface ByteWriter {
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Where a write to a path ends up. */
export type WritePlace =
  /** A regular file, or none yet; symbolic links are followed. */
  | {
    readonly kind: "file";
    readonly path: string;
    /** Permission bits of the file that is there, where the system has them. */
    readonly mode?: number;
  }
  /** Something that no other file can take the place of: a pipe, a device, standard output. */
  | { readonly kind: "stream"; open(): Promise<ByteWriter> };

/** Links that point at links: more than this is a circle. */
const MOST_LINKS = 40;

/** Standard output and error by the names that shells know. */
const standard: Readonly<Record<string, () => ByteWriter>> = {
  "/dev/stdout": () => keptOpen(Deno.stdout),
  "/dev/fd/1": () => keptOpen(Deno.stdout),
  "/proc/self/fd/1": () => keptOpen(Deno.stdout),
  "/dev/stderr": () => keptOpen(Deno.stderr),
  "/dev/fd/2": () => keptOpen(Deno.stderr),
  "/proc/self/fd/2": () => keptOpen(Deno.stderr),
};

/**
 * Finds out where a write to a path would end up.
 *
 * @throws What the file system threw where nothing can be written there: a folder, a file that is write-protected,
 * links in a circle.
 */
export async function findWritePlace(path: string): Promise<WritePlace> {
  const stream = standard[path];
  if (stream) return { kind: "stream", open: () => Promise.resolve(stream()) };
  if (path.endsWith("/")) {
    throw new Deno.errors.IsADirectory("It ends as a folder's name does");
  }
  const found = await Deno.stat(path).catch(nothingThere);
  if (!found) return { kind: "file", path: await endOfLinks(path) };
  if (found.isDirectory) throw new Deno.errors.IsADirectory("It is a folder");
  const open = () => Deno.open(path, { write: true });
  if (!found.isFile) return { kind: "stream", open };
  (await open()).close(); // a file that is write-protected stays as it is
  return {
    kind: "file",
    path: await Deno.realPath(path),
    ...(found.mode !== null && { mode: found.mode & 0o777 }),
  };
}

/** The file that a write makes: a link may name one that is not there yet. */
async function endOfLinks(path: string): Promise<string> {
  let end = path;
  for (let link = 0; link < MOST_LINKS; link++) {
    const found = await Deno.lstat(end).catch(nothingThere);
    if (!found?.isSymlink) return end;
    end = resolve(await Deno.realPath(dirname(end)), await Deno.readLink(end));
  }
  throw new Deno.errors.FilesystemLoop("Its links go in a circle");
}

function nothingThere(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function keptOpen(
  stream: { write(bytes: Uint8Array): Promise<number> },
): ByteWriter {
  return { write: (bytes) => stream.write(bytes), close: () => {} };
}
