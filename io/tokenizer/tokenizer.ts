/** Text to token ids and back. */
export interface Tokenizer {
  readonly vocab: number;
  /** Ids of plain text: nothing in it becomes a special token, no BOS is added. */
  encode(text: string): Int32Array;
  /** Ids of plain text and, for each, the UTF-8 offset just after it. */
  encodeWithOffsets(
    text: string,
  ): { readonly ids: Int32Array; readonly byteEnds: Uint32Array };
  /** Ids of template text, in which special tokens count. */
  encodeTemplate(text: string): Int32Array;
  /** Bytes of one token; special tokens give none. */
  tokenBytes(id: number): Uint8Array;
  /** Id of a special token by its text. */
  specialId(text: string): number | undefined;
}
