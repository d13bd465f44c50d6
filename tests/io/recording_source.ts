import type { ByteSource } from "../../io/files/byte_source.ts";
import { FormatError } from "../../io/format_error.ts";

/** One read that was asked for. */
export interface Read {
  readonly offset: number;
  readonly length: number;
}

/** The same source, with a list of what is read from it. */
export function recording(
  inner: ByteSource,
): { readonly source: ByteSource; readonly reads: Read[] } {
  const reads: Read[] = [];
  const source: ByteSource = {
    path: inner.path,
    size: inner.size,
    read(offset, length) {
      reads.push({ offset, length });
      return inner.read(offset, length);
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
  return { source, reads };
}

/** A source over bytes in memory. */
export function memorySource(bytes: Uint8Array, path = "memory"): ByteSource {
  return {
    path,
    size: bytes.length,
    read(offset, length) {
      if (offset + length > bytes.length) {
        return Promise.reject(new FormatError(path, "it ends early", offset));
      }
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
