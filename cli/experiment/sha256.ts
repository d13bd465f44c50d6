import { createHash } from "node:crypto";

/** SHA-256 of texts and bytes one behind the other, in hexadecimal digits. */
export function sha256(...pieces: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

/** SHA-256 of a file's bytes, which are read piece by piece. */
export async function sha256File(path: string | URL): Promise<string> {
  const hash = createHash("sha256");
  const { readable } = await Deno.open(path);
  for await (const piece of readable) hash.update(piece);
  return hash.digest("hex");
}
