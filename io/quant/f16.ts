import { HALF } from "./half.ts";
import type { QuantFormat } from "./quant_format.ts";

/** IEEE half precision. */
export const F16: QuantFormat = {
  name: "F16",
  id: 1,
  blockSize: 1,
  blockBytes: 2,
  decode(bytes) {
    const out = new Float32Array(bytes.length >> 1);
    for (let i = 0, at = 0; i < out.length; i++, at += 2) {
      out[i] = HALF[bytes[at]! | bytes[at + 1]! << 8]!;
    }
    return out;
  },
};
