import { readKScales } from "./k_scales.ts";
import type { QuantFormat } from "./quant_format.ts";

/** Super-blocks of 8 × 32 five-bit values: w = (d · scale) · q − dmin · min. */
export const Q5_K: QuantFormat = {
  name: "Q5_K",
  id: 13,
  blockSize: 256,
  blockBytes: 176,
  decode(bytes) {
    const out = new Float32Array(bytes.length / 176 * 256);
    const scales = new Float32Array(8);
    const mins = new Float32Array(8);
    const q = new Uint8Array(256);
    for (let at = 0, to = 0; at < bytes.length; at += 176, to += 256) {
      readKScales(bytes, at, scales, mins);
      unpack(bytes, at + 16, q, 0, 0);
      for (let i = 0; i < 256; i++) {
        out[to + i] = scales[i >> 5]! * q[i]! - mins[i >> 5]!;
      }
    }
    return out;
  },
  repack(bytes) {
    const blocks = bytes.length / 176 * 8;
    const quants = new Uint8Array(blocks * 32);
    const scales = new Float32Array(blocks);
    const mins = new Float32Array(blocks);
    for (let b = 0, at = 0; b < blocks; b += 8, at += 176) {
      const m = mins.subarray(b, b + 8);
      readKScales(bytes, at, scales.subarray(b, b + 8), m);
      for (let i = 0; i < 8; i++) m[i] = -m[i]!;
      unpack(bytes, at + 16, quants, b * 32, 128);
    }
    return { kind: "blocks", bits: 8, blockSize: 32, quants, scales, mins };
  },
};

/**
 * The 256 values of a super-block, each plus `bias`: 32 bytes with one fifth
 * bit for each of the 8 blocks, then nibbles as in Q4_K.
 */
function unpack(
  from: Uint8Array,
  at: number,
  to: Uint8Array,
  start: number,
  bias: number,
): void {
  for (let block = 0; block < 8; block++) {
    const shift = (block & 1) * 4;
    const low = at + 32 + (block >> 1) * 32;
    for (let i = 0; i < 32; i++) {
      const high = from[at + i]! >> block & 1;
      to[start + block * 32 + i] = (from[low + i]! >> shift & 15 | high << 4) +
        bias;
    }
  }
}
