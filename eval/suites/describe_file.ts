import { fileDigest } from "../../io/files/file_digest.ts";
import type { CaseFile } from "../eval_case.ts";

/**
 * What a case says of a file that it was read from.
 *
 * @param known The published checksum, where there is one: SHA-256, or git's of a blob.
 */
export async function describeFile(
  path: string,
  known: string | undefined,
): Promise<CaseFile> {
  const { sha256, gitBlob } = await fileDigest(path);
  return {
    name: path.split(/[/\\]/).at(-1)!,
    sha256,
    published: known === undefined ? null : [sha256, gitBlob].includes(known),
  };
}
