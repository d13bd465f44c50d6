import { HALF } from "./half.ts";
import type { QuantFormat } from "./quant_format.ts";

/** Half-precision scale, then 32 four-bit values: w = d · (q − 8). */
export const Q4_0: QuantFormat = {
  name: "Q4_0",
  id: 2,
  blockSize: 32,
  blockBytes: 18,
  decode(bytes) {
    const out = new Float32Array(bytes.length / 18 * 32);
    for (let at = 0, to = 0; at < bytes.length; at += 18, to += 32) {
      const d = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + 2 + i]!;
        out[to + i] = d * ((pair & 15) - 8);
        out[to + 16 + i] = d * ((pair >> 4) - 8);
      }
    }
    return out;
  },
  repack(bytes) {
    const blocks = bytes.length / 18;
    const quants = new Uint8Array(blocks * 16);
    const scales = new Float32Array(blocks);
    for (let b = 0, at = 0, to = 0; b < blocks; b++, at += 18, to += 16) {
      scales[b] = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
      interleave(bytes, at + 2, quants, to);
    }
    return { kind: "blocks", bits: 4, blockSize: 32, quants, scales };
  },
};

/**
 * 16 bytes whose low nibbles are weights 0–15 and high nibbles 16–31 become
 * 16 bytes of neighbours, low nibble first.
 */
export function interleave(
  from: Uint8Array,
  at: number,
  to: Uint8Array,
  start: number,
): void {
  for (let i = 0; i < 8; i++) {
    const even = from[at + 2 * i]!;
    const odd = from[at + 2 * i + 1]!;
    to[start + i] = (even & 15) | (odd & 15) << 4;
    to[start + 8 + i] = even >> 4 | (odd & 0xf0);
  }
}
