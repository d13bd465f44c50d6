import { gzipSync } from "node:zlib";

/** What every gzip file begins with. */
const magic = [0x1f, 0x8b];
/** Where a gzip file names the system that wrote it, and what says that none is known (RFC 1952). */
const SYSTEM = 9;
const UNKNOWN = 255;

/** Packs a text so that the same text is the same bytes: no time, no name, no system. */
export function gzip(text: string): Uint8Array {
  const packed = new Uint8Array(gzipSync(text, { level: 9 }));
  packed[SYSTEM] = UNKNOWN;
  return packed;
}

/** What gzip packed, told by how it begins; bytes of anything else as they are. Torn ones are a `TypeError`. */
export async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (magic.some((byte, i) => bytes[i] !== byte)) return bytes;
  const packed = new Blob([bytes]).stream();
  const plain = packed.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}
