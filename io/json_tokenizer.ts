// deno-lint-ignore-file camelcase -- names of the file format
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { byteEndsOf } from "./byte_ends.ts";
import { byteLevelBytes, sentencePieceBytes } from "./byte_level.ts";
import type { Tokenizer } from "./tokenizer.ts";
import {
  type AddedToken,
  decoderKind,
  type TokenizerJson,
  withoutSpecialTokens,
} from "./tokenizer_json.ts";

const NO_BYTES = new Uint8Array(0);
const PLAIN = { add_special_tokens: false };

/**
 * A tokenizer from a `tokenizer.json`.
 *
 * Two instances of the library: one knows the special tokens and reads
 * templates; the other has none of them and reads text that must never turn
 * into one.
 */
export class JsonTokenizer implements Tokenizer {
  readonly vocab: number;
  #template: Library;
  #plain: Library;
  #bytes: Uint8Array[];
  #special = new Map<string, number>();
  #encoder = new TextEncoder();

  /** @throws {TypeError} If the library does not know a part of the tokenizer. */
  constructor(json: TokenizerJson) {
    const special = json.added_tokens.filter((token) => token.special);
    this.#template = new Library(json, {});
    this.#plain = new Library(withoutSpecialTokens(json), {});
    this.#bytes = tokenBytesOf(this.#template, json);
    this.vocab = this.#bytes.length;
    for (const { content, id } of special) this.#special.set(content, id);
  }

  encode(text: string): Int32Array {
    return Int32Array.from(
      this.#plain.encode(text.toWellFormed(), PLAIN).ids,
    );
  }

  encodeWithOffsets(
    text: string,
  ): { readonly ids: Int32Array; readonly byteEnds: Uint32Array } {
    const ids = this.encode(text);
    const tokens = Array.from(ids, (id) => this.tokenBytes(id));
    return { ids, byteEnds: byteEndsOf(this.#encoder.encode(text), tokens) };
  }

  encodeTemplate(text: string): Int32Array {
    return Int32Array.from(
      this.#template.encode(text.toWellFormed(), PLAIN).ids,
    );
  }

  tokenBytes(id: number): Uint8Array {
    return this.#bytes[id] ?? NO_BYTES;
  }

  specialId(text: string): number | undefined {
    return this.#special.get(text);
  }

  /** Whether the file's own post-processor starts a text with `id`. */
  startsWith(id: number): boolean {
    return this.#template.encode("a").ids[0] === id;
  }
}

/** The bytes of every token by id. */
function tokenBytesOf(library: Library, json: TokenizerJson): Uint8Array[] {
  const toBytes = decoderKind(json) === "byte-level"
    ? byteLevelBytes
    : sentencePieceBytes;
  const bytes: Uint8Array[] = [];
  for (const [token, id] of library.get_vocab()) {
    if (token !== undefined) bytes[id] = toBytes(token);
  }
  const encoder = new TextEncoder();
  for (const { id, content, special } of json.added_tokens as AddedToken[]) {
    bytes[id] = special ? NO_BYTES : encoder.encode(content);
  }
  return Array.from(bytes, (b) => b ?? NO_BYTES);
}
