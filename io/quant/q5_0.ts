import { HALF } from "./half.ts";
import type { QuantFormat } from "./quant_format.ts";

/** Half-precision scale, 32 fifth bits, then 32 four-bit values: w = d · (q − 16). */
export const Q5_0: QuantFormat = {
  name: "Q5_0",
  id: 6,
  blockSize: 32,
  blockBytes: 22,
  decode(bytes) {
    const out = new Float32Array(bytes.length / 22 * 32);
    const q = new Uint8Array(32);
    for (let at = 0, to = 0; at < bytes.length; at += 22, to += 32) {
      const d = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
      unpack(bytes, at + 2, q, 0, 0);
      for (let i = 0; i < 32; i++) out[to + i] = d * (q[i]! - 16);
    }
    return out;
  },
  repack(bytes) {
    const blocks = bytes.length / 22;
    const quants = new Uint8Array(blocks * 32);
    const scales = new Float32Array(blocks);
    for (let b = 0, at = 0; b < blocks; b++, at += 22) {
      scales[b] = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
      unpack(bytes, at + 2, quants, b * 32, 128 - 16);
    }
    return { kind: "blocks", bits: 8, blockSize: 32, quants, scales };
  },
};

/** The 32 five-bit values at `at`, each plus `bias`. */
function unpack(
  from: Uint8Array,
  at: number,
  to: Uint8Array,
  start: number,
  bias: number,
): void {
  const high = from[at]! | from[at + 1]! << 8 | from[at + 2]! << 16 |
    from[at + 3]! << 24;
  for (let i = 0; i < 16; i++) {
    const pair = from[at + 4 + i]!;
    to[start + i] = ((pair & 15) | (high >>> i & 1) << 4) + bias;
    to[start + 16 + i] = (pair >> 4 | (high >>> 16 + i & 1) << 4) + bias;
  }
}
