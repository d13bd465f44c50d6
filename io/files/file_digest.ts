import { createHash } from "node:crypto";
import { openByteSource } from "./byte_source.ts";

/** Bytes that are read at once. */
const piece = 4 * 1024 * 1024;

/** Checksums of a file's bytes, in hexadecimal. */
export interface FileDigest {
  readonly sha256: string;
  /** What git calls a file of these bytes: SHA-1 of `blob <size>`, a NUL and the bytes. */
  readonly gitBlob: string;
}

/**
 * Reads a file of any size once.
 *
 * @throws {FormatError} If it cannot be read.
 */
export async function fileDigest(path: string): Promise<FileDigest> {
  await using source = await openByteSource(path);
  const sha256 = createHash("sha256");
  const gitBlob = createHash("sha1").update(`blob ${source.size}\0`);
  for (let at = 0; at < source.size; at += piece) {
    const bytes = await source.read(at, Math.min(piece, source.size - at));
    sha256.update(bytes);
    gitBlob.update(bytes);
  }
  return { sha256: sha256.digest("hex"), gitBlob: gitBlob.digest("hex") };
}
