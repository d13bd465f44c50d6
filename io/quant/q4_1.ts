import { HALF } from "./half.ts";
import { interleave } from "./q4_0.ts";
import type { QuantFormat } from "./quant_format.ts";

/** Half-precision scale and minimum, then 32 four-bit values: w = d · q + m. */
export const Q4_1: QuantFormat = {
  name: "Q4_1",
  id: 3,
  blockSize: 32,
  blockBytes: 20,
  decode(bytes) {
    const out = new Float32Array(bytes.length / 20 * 32);
    for (let at = 0, to = 0; at < bytes.length; at += 20, to += 32) {
      const d = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
      const m = HALF[bytes[at + 2]! | bytes[at + 3]! << 8]!;
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + 4 + i]!;
        out[to + i] = d * (pair & 15) + m;
        out[to + 16 + i] = d * (pair >> 4) + m;
      }
    }
    return out;
  },
  repack(bytes) {
    const blocks = bytes.length / 20;
    const quants = new Uint8Array(blocks * 16);
    const scales = new Float32Array(blocks);
    const mins = new Float32Array(blocks);
    for (let b = 0, at = 0, to = 0; b < blocks; b++, at += 20, to += 16) {
      const d = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
      scales[b] = d;
      // d · q + m = d · (q − 8) + (m + 8 · d)
      mins[b] = HALF[bytes[at + 2]! | bytes[at + 3]! << 8]! + 8 * d;
      interleave(bytes, at + 4, quants, to);
    }
    return { kind: "blocks", bits: 4, blockSize: 32, quants, scales, mins };
  },
};
