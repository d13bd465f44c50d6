import { HALF } from "./half.ts";
import type { QuantFormat } from "./quant_format.ts";

/** Half-precision scale, then 32 signed bytes: w = d · q. */
export const Q8_0: QuantFormat = {
  name: "Q8_0",
  id: 8,
  blockSize: 32,
  blockBytes: 34,
  decode(bytes) {
    const out = new Float32Array(bytes.length / 34 * 32);
    for (let at = 0, to = 0; at < bytes.length; at += 34, to += 32) {
      const d = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
      for (let i = 0; i < 32; i++) {
        out[to + i] = d * (bytes[at + 2 + i]! << 24 >> 24);
      }
    }
    return out;
  },
  repack(bytes) {
    const blocks = bytes.length / 34;
    const quants = new Uint8Array(blocks * 32);
    const scales = new Float32Array(blocks);
    for (let b = 0, at = 0, to = 0; b < blocks; b++, at += 34, to += 32) {
      scales[b] = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
      for (let i = 0; i < 32; i++) {
        quants[to + i] = bytes[at + 2 + i]! ^ 0x80; // signed byte + 128
      }
    }
    return { kind: "blocks", bits: 8, blockSize: 32, quants, scales };
  },
};
