import type { Tokenizer } from "../../mod.ts";

/** One token an ASCII letter; id 0 is BOS, id 1 ends a text. */
export const letters: Tokenizer = {
  vocab: 128,
  encode: (text) => Int32Array.from(text, idOf),
  encodeWithOffsets: (text) => ({
    ids: Int32Array.from(text, idOf),
    byteEnds: Uint32Array.from(text, (_, i) => i + 1),
  }),
  encodeTemplate: (text) => Int32Array.from(text, idOf),
  tokenBytes: (id) => id < 2 ? new Uint8Array(0) : Uint8Array.of(id),
  specialId: () => undefined,
};

const idOf = (letter: string) => letter.charCodeAt(0) & 127;
