import type { Tokenizer } from "../../../io/tokenizer/tokenizer.ts";

/** Words and punctuation marks, as `tools/ruler_parity.py` counts them. */
export const wordTokenizer: Tokenizer = {
  vocab: 1,
  encode: (text) =>
    new Int32Array(
      text.match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu)?.length ?? 0,
    ),
  encodeWithOffsets: unused,
  encodeTemplate: unused,
  tokenBytes: unused,
  specialId: unused,
};

function unused(): never {
  throw new Error("Cases need encode() alone");
}
