import type { ByteSource } from "../files/byte_source.ts";
import { FormatError } from "../format_error.ts";

/** Bytes fetched at once while a header is read. */
const WINDOW = 256 * 1024;
/** No header holds a longer text. */
const MAX_STRING = 16 * 1024 * 1024;

/**
 * Reads a GGUF header from front to back in bounded pieces.
 *
 * `need` makes bytes available, the getters then take them; nothing is
 * allocated for a length before the file is known to hold that much.
 */
export class GgufCursor {
  #source: ByteSource;
  #view = new DataView(new ArrayBuffer(0));
  #start = 0; // file offset of the view
  #at = 0; // position in the view
  #text = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Where in the file the next value starts. */
  get offset(): number {
    return this.#start + this.#at;
  }

  /** Bytes of the file after the current position. */
  get remaining(): number {
    return this.#source.size - this.offset;
  }

  /** Whether `bytes` are here already, so that `need` can be left out. */
  has(bytes: number): boolean {
    return this.#at + bytes <= this.#view.byteLength;
  }

  /** Fetches until `bytes` are here; `what` names them in the error. */
  async need(bytes: number, what: string): Promise<void> {
    if (this.has(bytes)) return;
    if (bytes > this.remaining) {
      throw this.error(
        `the file ends inside ${what} (${bytes} bytes expected, ${this.remaining} left); it is truncated, so fetch it again`,
      );
    }
    const start = this.offset;
    const length = Math.min(this.remaining, Math.max(bytes, WINDOW));
    const piece = await this.#source.read(start, length);
    this.#view = new DataView(piece.buffer);
    this.#start = start;
    this.#at = 0;
  }

  u8(): number {
    return this.#view.getUint8(this.#at++);
  }

  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  i32(): number {
    return this.u32() | 0;
  }

  f32(): number {
    this.#at += 4;
    return this.#view.getFloat32(this.#at - 4, true);
  }

  f64(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  u64(): bigint {
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  i64(): bigint {
    return BigInt.asIntN(64, this.u64());
  }

  /** The next `length` bytes, which must be here. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(
      this.#view.buffer as ArrayBuffer,
      this.#at,
      length,
    );
    this.#at += length;
    return bytes;
  }

  /** A count or length: 64 bits, at most `limit`. */
  async count(what: string, limit: number): Promise<number> {
    if (!this.has(8)) await this.need(8, what);
    const at = this.offset;
    const value = this.u64();
    if (value > BigInt(Math.max(0, limit))) {
      throw new FormatError(
        this.#source.path,
        `${what} is ${value}, more than the file can hold; it is damaged, so fetch it again`,
        at,
      );
    }
    return Number(value);
  }

  /** UTF-8 text after its 64-bit length. */
  async string(what: string): Promise<string> {
    const length = await this.count(
      `the length of ${what}`,
      Math.min(this.remaining - 8, MAX_STRING),
    );
    if (!this.has(length)) await this.need(length, what);
    return this.#text.decode(this.take(length));
  }

  /** An error that points at the current position. */
  error(problem: string): FormatError {
    return new FormatError(this.#source.path, problem, this.offset);
  }
}
