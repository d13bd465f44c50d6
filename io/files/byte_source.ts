import { FormatError } from "../format_error.ts";

/** A file of known size, read in pieces from any position. */
export interface ByteSource extends AsyncDisposable {
  /** The file, as the caller named it. */
  readonly path: string;
  /** Its size in bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`, in a buffer of their own.
   *
   * @throws {FormatError} If the file ends before.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens a file for positioned reads.
 *
 * @throws {FormatError} If the file is missing, a folder, or may not be read.
 */
export async function openByteSource(path: string): Promise<ByteSource> {
  const { file, size } = await openFile(path);
  // Seek and read are two steps, so reads take turns.
  let turn: Promise<unknown> = Promise.resolve();
  const readNow = async (offset: number, length: number) => {
    if (offset + length > size) {
      throw new FormatError(
        path,
        `${length} bytes were expected but the file ends at byte ${size}; it is truncated, so fetch it again`,
        offset,
      );
    }
    const bytes = new Uint8Array(length);
    await file.seek(offset, Deno.SeekMode.Start);
    for (let done = 0; done < length;) {
      const read = await file.read(bytes.subarray(done));
      if (read === null) {
        throw new FormatError(path, "it was cut while being read", offset);
      }
      done += read;
    }
    return bytes;
  };
  return {
    path,
    size,
    read(offset, length) {
      const result = turn.then(() => readNow(offset, length));
      turn = result.catch(() => {});
      return result;
    },
    async [Symbol.asyncDispose]() {
      await turn;
      file.close();
    },
  };
}

/** Opens a regular file; asked before, as opening a pipe waits for who writes to it. */
async function openFile(
  path: string,
): Promise<{ readonly file: Deno.FsFile; readonly size: number }> {
  try {
    const { size, isFile, isDirectory } = await Deno.stat(path);
    if (isFile) return { file: await Deno.open(path, { read: true }), size };
    throw new FormatError(
      path,
      `it is a ${isDirectory ? "folder" : "pipe or device"}; name a file`,
    );
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(path, reasonOf(cause), undefined, { cause });
  }
}

/** Why a file could not be opened, and what would work. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) {
    return "no such file; check the path";
  }
  if (cause instanceof Deno.errors.IsADirectory) {
    return "it is a folder; name a file";
  }
  if (cause instanceof Deno.errors.NotCapable) {
    return "the program has no permission to read it; allow it with --allow-read";
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return "this user may not read it; change the file's permissions";
  }
  return cause instanceof Error ? cause.message : String(cause);
}
