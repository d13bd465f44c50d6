import { basename, dirname, join } from "node:path";

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
 * @throws The signal's reason, or what the content or the file system threw.
 */
export async function atomicWrite(
  path: string,
  content: Content,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${crypto.randomUUID()}.tmp`,
  );
  signal?.throwIfAborted();
  const file = await Deno.open(temporary, { write: true, createNew: true });
  try {
    try {
      const encoder = new TextEncoder();
      const pieces =
        typeof content === "string" || content instanceof Uint8Array
          ? [content]
          : content;
      for await (const piece of pieces) {
        signal?.throwIfAborted();
        const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
        for (let done = 0; done < bytes.length;) {
          done += await file.write(bytes.subarray(done));
        }
      }
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
