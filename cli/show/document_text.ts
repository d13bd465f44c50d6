/** A document's text by bytes of its UTF-8 form. */
export class DocumentText {
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(text: string) {
    this.#bytes = new TextEncoder().encode(text);
  }

  /** The characters that start in `[from, to)`; no character is cut. */
  slice(from: number, to: number): string {
    return this.#decoder.decode(
      this.#bytes.subarray(this.#start(from), this.#start(to)),
    );
  }

  /** The byte at which a character starts, here or behind. */
  #start(at: number): number {
    while ((this.#bytes[at]! & 0xc0) === 0x80) at++;
    return at;
  }
}
