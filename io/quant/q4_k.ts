import { readKScales } from "./k_scales.ts";
import type { QuantFormat } from "./quant_format.ts";

/** Super-blocks of 8 × 32 four-bit values: w = (d · scale) · q − dmin · min. */
export const Q4_K: QuantFormat = {
  name: "Q4_K",
  id: 12,
  blockSize: 256,
  blockBytes: 144,
  decode(bytes) {
    const out = new Float32Array(bytes.length / 144 * 256);
    const scales = new Float32Array(8);
    const mins = new Float32Array(8);
    for (let at = 0, to = 0; at < bytes.length; at += 144, to += 256) {
      readKScales(bytes, at, scales, mins);
      for (let block = 0; block < 8; block++) {
        const shift = (block & 1) * 4;
        const from = at + 16 + (block >> 1) * 32;
        const scale = scales[block]!;
        const min = mins[block]!;
        for (let i = 0; i < 32; i++) {
          out[to + block * 32 + i] = scale * (bytes[from + i]! >> shift & 15) -
            min;
        }
      }
    }
    return out;
  },
  repack(bytes) {
    const blocks = bytes.length / 144 * 8;
    const quants = new Uint8Array(blocks * 16);
    const scales = new Float32Array(blocks);
    const mins = new Float32Array(blocks);
    for (let b = 0, at = 0; b < blocks; b += 8, at += 144) {
      const s = scales.subarray(b, b + 8);
      const m = mins.subarray(b, b + 8);
      readKScales(bytes, at, s, m);
      // scale · q − min = scale · (q − 8) + (8 · scale − min)
      for (let i = 0; i < 8; i++) m[i] = 8 * s[i]! - m[i]!;
      for (let pair = 0; pair < 4; pair++) {
        splitNibbles(bytes, at + 16 + pair * 32, quants, (b + pair * 2) * 16);
      }
    }
    return { kind: "blocks", bits: 4, blockSize: 32, quants, scales, mins };
  },
};

/**
 * 32 bytes whose low nibbles are one block and high nibbles the next become
 * two blocks of 16 bytes of neighbours, low nibble first.
 */
function splitNibbles(
  from: Uint8Array,
  at: number,
  to: Uint8Array,
  start: number,
): void {
  for (let i = 0; i < 16; i++) {
    const even = from[at + 2 * i]!;
    const odd = from[at + 2 * i + 1]!;
    to[start + i] = (even & 15) | (odd & 15) << 4;
    to[start + 16 + i] = even >> 4 | (odd & 0xf0);
  }
}
