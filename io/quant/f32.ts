import type { QuantFormat } from "./quant_format.ts";

/** 32-bit floating point, as it is. */
export const F32: QuantFormat = {
  name: "F32",
  id: 0,
  blockSize: 1,
  blockBytes: 4,
  decode(bytes) {
    // The bytes themselves when they may be seen as fp32, else a copy.
    return bytes.byteOffset % 4 === 0
      ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
      : new Float32Array(bytes.slice().buffer);
  },
};
