import type { QuantFormat } from "./quant_format.ts";

/** Brain float: the upper 16 bits of an fp32. */
export const BF16: QuantFormat = {
  name: "BF16",
  id: 30,
  blockSize: 1,
  blockBytes: 2,
  decode(bytes) {
    const bits = new Uint32Array(bytes.length >> 1);
    for (let i = 0, at = 0; i < bits.length; i++, at += 2) {
      bits[i] = bytes[at]! << 16 | bytes[at + 1]! << 24;
    }
    return new Float32Array(bits.buffer);
  },
};
