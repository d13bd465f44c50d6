import { basename, dirname, join } from "node:path";
import {
  type ByteWriter,
  findWritePlace,
  type WritePlace,
} from "./write_place.ts";

/** What a file is made of: all at once, or piece by piece. */
export type Content =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/**
 * Writes a file so that it is there whole or not at all.
 *
 * The content goes to a hidden file in the same folder, which takes the name
 * only when it is complete and on disk; on failure or abort it is removed. A
 * kill leaves at most that hidden `.NAME.….tmp`, never half a file. An abort is
 * seen at the next piece: content that may wait long should end by the same
 * signal.
 *
 * A file that is replaced passes its permissions on; a symbolic link stays, and
 * the file that it names is written. What is no regular file (a pipe, a device,
 * `/dev/stdout`) is written to directly.
 *
 * @throws The signal's reason, or what the content or the file system threw.
 */
export async function atomicWrite(
  path: string,
  content: Content,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  signal?.throwIfAborted();
  const place = await findWritePlace(path);
  if (place.kind === "file") return await replaceFile(place, content, signal);
  const stream = await place.open();
  try {
    await writePieces(stream, content, signal);
  } finally {
    stream.close();
  }
}

async function replaceFile(
  { path, mode }: Extract<WritePlace, { kind: "file" }>,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${crypto.randomUUID()}.tmp`,
  );
  const file = await Deno.open(temporary, {
    write: true,
    createNew: true,
    ...(mode !== undefined && { mode }),
  });
  try {
    try {
      if (mode !== undefined) await Deno.chmod(temporary, mode); // whatever the umask is
      await writePieces(file, content, signal);
      await file.sync();
    } finally {
      file.close();
    }
    signal?.throwIfAborted();
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

async function writePieces(
  target: ByteWriter,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  const encoder = new TextEncoder();
  const pieces = typeof content === "string" || content instanceof Uint8Array
    ? [content]
    : content;
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
    for (let done = 0; done < bytes.length;) {
      done += await target.write(bytes.subarray(done));
    }
  }
}
