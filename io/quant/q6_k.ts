import { HALF } from "./half.ts";
import type { QuantFormat } from "./quant_format.ts";

/** Super-blocks of 16 × 16 six-bit values: w = (d · scale) · (q − 32), scales signed bytes. */
export const Q6_K: QuantFormat = {
  name: "Q6_K",
  id: 14,
  blockSize: 256,
  blockBytes: 210,
  decode(bytes) {
    const out = new Float32Array(bytes.length / 210 * 256);
    const scales = new Float32Array(16);
    const q = new Uint8Array(256);
    for (let at = 0, to = 0; at < bytes.length; at += 210, to += 256) {
      readScales(bytes, at, scales, 0);
      unpack(bytes, at, q, 0, 0);
      for (let i = 0; i < 256; i++) {
        out[to + i] = scales[i >> 4]! * (q[i]! - 32);
      }
    }
    return out;
  },
  repack(bytes) {
    const superBlocks = bytes.length / 210;
    const quants = new Uint8Array(superBlocks * 256);
    const scales = new Float32Array(superBlocks * 16);
    for (let s = 0, at = 0; s < superBlocks; s++, at += 210) {
      readScales(bytes, at, scales, s * 16);
      unpack(bytes, at, quants, s * 256, 128 - 32);
    }
    return { kind: "blocks", bits: 8, blockSize: 16, quants, scales };
  },
};

/** d · scale of the 16 blocks; fp32 holds it exactly. */
function readScales(
  from: Uint8Array,
  at: number,
  to: Float32Array,
  start: number,
): void {
  const d = HALF[from[at + 208]! | from[at + 209]! << 8]!;
  for (let i = 0; i < 16; i++) {
    to[start + i] = d * (from[at + 192 + i]! << 24 >> 24);
  }
}

/**
 * The 256 values, each plus `bias`. Each half of 128 has 64 bytes of nibbles
 * (32 + 32 low, then 32 + 32 high) and 32 bytes of upper bits, two a quarter.
 */
function unpack(
  from: Uint8Array,
  at: number,
  to: Uint8Array,
  start: number,
  bias: number,
): void {
  for (let half = 0; half < 2; half++) {
    const low = at + half * 64;
    const high = at + 128 + half * 32;
    for (let quarter = 0; quarter < 4; quarter++) {
      const nibbles = low + (quarter & 1) * 32;
      const shift = (quarter >> 1) * 4;
      const out = start + half * 128 + quarter * 32;
      for (let i = 0; i < 32; i++) {
        const top = from[high + i]! >> quarter * 2 & 3;
        to[out + i] = (from[nibbles + i]! >> shift & 15 | top << 4) + bias;
      }
    }
  }
}
