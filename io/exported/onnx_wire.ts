import type { ByteSource } from "../files/byte_source.ts";
import { FormatError } from "../format_error.ts";

/** One field of a protobuf message; what a length-delimited field holds stays in the file. */
export interface WireField {
  readonly number: number;
  /** Of a field of fixed or variable length; 0 for a length-delimited one. */
  readonly value: number;
  /** Where the content of a length-delimited field begins. */
  readonly from: number;
  /** Its length; 0 for other fields. */
  readonly length: number;
}

/** Bytes that are read at once. */
const WINDOW = 1 << 18;

/** Walks protobuf messages in a file without reading what they hold. */
export class WireReader {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #from = 0;

  constructor(readonly source: ByteSource) {}

  /**
   * The fields of the message at `[from, to)`.
   *
   * @throws {FormatError} If the bytes are no such message.
   */
  async *fields(from: number, to: number): AsyncGenerator<WireField> {
    let at = from;
    const varint = async () => {
      let value = 0;
      for (let factor = 1; factor < 2 ** 70; factor *= 128) {
        const byte = await this.#byte(at++, to);
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
      return this.#fail("a number does not end", at);
    };
    while (at < to) {
      const start = at;
      const key = await varint();
      const number = Math.floor(key / 8);
      if (number < 1) this.#fail("a field has no number", start);
      switch (key % 8) {
        case 0:
          yield { number, value: await varint(), from: at, length: 0 };
          break;
        case 1:
        case 5:
          at += key % 8 === 1 ? 8 : 4;
          yield { number, value: 0, from: at, length: 0 };
          break;
        case 2: {
          const length = await varint();
          if (at + length > to) {
            this.#fail(
              `a field of ${length} bytes does not fit; it is truncated, so fetch it again`,
              start,
            );
          }
          yield { number, value: 0, from: at, length };
          at += length;
          break;
        }
        default:
          this.#fail("it is no protobuf message", start);
      }
    }
  }

  /** The content of a field. */
  async content({ from, length }: WireField): Promise<Uint8Array<ArrayBuffer>> {
    const inside = from - this.#from;
    if (inside >= 0 && inside + length <= this.#bytes.length) {
      return this.#bytes.slice(inside, inside + length);
    }
    return await this.source.read(from, length);
  }

  async #byte(at: number, to: number): Promise<number> {
    if (at >= to) this.#fail("it is truncated, so fetch it again", at);
    const known = this.#bytes[at - this.#from];
    if (known !== undefined) return known;
    this.#from = at;
    const length = Math.min(WINDOW, this.source.size - at);
    this.#bytes = await this.source.read(at, length);
    return this.#bytes[0]!;
  }

  #fail(problem: string, at: number): never {
    throw new FormatError(
      this.source.path,
      `it is no ONNX model: ${problem}`,
      at,
    );
  }
}
