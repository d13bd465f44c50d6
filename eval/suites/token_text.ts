import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";

/** A text that is cut between tokens. */
export interface TokenText {
  /** Its tokens. */
  readonly length: number;
  /** The text of tokens `[from, to)`; a cut inside a character moves before it. */
  slice(from: number, to: number): string;
}

/** Encodes a text once, to cut it often. */
export function tokenText(
  text: string,
  tokenizer: Pick<Tokenizer, "encodeWithOffsets">,
): TokenText {
  const bytes = new TextEncoder().encode(text);
  const { byteEnds } = tokenizer.encodeWithOffsets(text);
  const cutAt = (token: number) => {
    let at = token === 0 ? 0 : byteEnds[token - 1]!;
    // Bytes 10xxxxxx go on with a character.
    while (at < bytes.length && (bytes[at]! & 0xc0) === 0x80) at--;
    return at;
  };
  return {
    length: byteEnds.length,
    slice: (from, to) =>
      new TextDecoder().decode(bytes.subarray(cutAt(from), cutAt(to))),
  };
}
