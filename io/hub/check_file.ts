import { createHash } from "node:crypto";
import type { HubFile } from "./hub_file.ts";
import { HubError } from "./hub_error.ts";

const PIECE = 2 ** 20;

/** What is wrong with a file on disk: its size, or what its bytes hash to; nothing where it is what the hub lists. */
export async function checkFile(
  path: string,
  { path: name, size, hash: { kind, hex } }: HubFile,
  signal?: AbortSignal,
): Promise<HubError | undefined> {
  using file = await Deno.open(path, { read: true });
  const found = (await file.stat()).size;
  const advice =
    "it may be changing on the hub, or a proxy changes it; run the same command again";
  if (found !== size) {
    return new HubError(
      "wrong-size",
      `'${name}' has ${found} bytes and the hub lists ${size}: ${advice}`,
    );
  }
  const hash = createHash(kind === "sha256" ? "sha256" : "sha1");
  if (kind === "git-blob") hash.update(`blob ${size}\0`);
  const buffer = new Uint8Array(PIECE);
  for (;;) {
    signal?.throwIfAborted();
    const read = await file.read(buffer);
    if (read === null) break;
    hash.update(buffer.subarray(0, read));
  }
  const digest = hash.digest("hex");
  if (digest === hex) return undefined;
  return new HubError(
    "wrong-hash",
    `'${name}' is damaged: its ${
      kind === "sha256" ? "SHA-256" : "git SHA-1"
    } is ${digest.slice(0, 12)}… and the hub lists ${
      hex.slice(0, 12)
    }…: ${advice}`,
  );
}
