import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";

/** Special tokens behind the 256 bytes. */
export const fakeSpecials: Readonly<Record<string, number>> = {
  "<bos>": 256,
  "<eos>": 257,
  "<turn>": 258,
  "<end>": 259,
};

/** One token a byte; special tokens count in template text only. */
export const fakeTokenizer: Tokenizer = {
  vocab: 260,
  encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
  encodeWithOffsets: (text) => {
    const ids = Int32Array.from(new TextEncoder().encode(text));
    return { ids, byteEnds: Uint32Array.from(ids, (_, i) => i + 1) };
  },
  encodeTemplate: (text) => {
    const parts = text.split(/(<bos>|<eos>|<turn>|<end>)/);
    return Int32Array.from(
      parts.flatMap((
        part,
      ) => [fakeSpecials[part] ?? [...new TextEncoder().encode(part)]].flat()),
    );
  },
  tokenBytes: (id) => id < 256 ? Uint8Array.of(id) : new Uint8Array(0),
  specialId: (text) => fakeSpecials[text],
};
