/**
 * Turns bytes that arrive in any pieces into text, and never breaks a
 * character: its first bytes wait for the rest.
 *
 * Bytes that are no UTF-8 become U+FFFD.
 */
export class Utf8Stream {
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** The text that is complete with these bytes; often empty. */
  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** What waited for more bytes, as U+FFFD; the stream can be used again. */
  flush(): string {
    return this.#decoder.decode();
  }
}
