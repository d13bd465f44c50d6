import { openByteSource } from "./byte_source.ts";
import { FormatError } from "../format_error.ts";

/** Larger than any tokenizer, the largest file of a model beside its weights. */
const MOST = 128 * 1024 * 1024;

/**
 * All bytes of a small file.
 *
 * @throws {FormatError} If it cannot be read or is not small.
 */
export async function readWhole(
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  await using source = await openByteSource(path);
  if (source.size > MOST) {
    throw new FormatError(
      path,
      `it has ${source.size} bytes; at most ${MOST} are read`,
    );
  }
  return await source.read(0, source.size);
}
