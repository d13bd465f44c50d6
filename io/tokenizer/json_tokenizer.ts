import { type BPE, Tokenizer as Library } from "@huggingface/tokenizers";
import { byteEndsOf } from "./byte_ends.ts";
import { byteLevelBytes, sentencePieceBytes } from "./byte_level.ts";
import { FormatError } from "../format_error.ts";
import type { Tokenizer } from "./tokenizer.ts";
import {
  spellingOf,
  type TokenizerJson,
  withoutSpecialTokens,
} from "./tokenizer_json.ts";
import { rewriteForLibrary } from "./tokenizer_rewrites.ts";
import { WordCache } from "./word_cache.ts";

const NO_BYTES = new Uint8Array(0);
const PLAIN = { ["add_special_tokens"]: false };

/**
 * A tokenizer from a `tokenizer.json`.
 *
 * Two instances of the library: one knows the special tokens and reads
 * templates; the other has none of them and reads text that must never turn
 * into one.
 */
export class JsonTokenizer implements Tokenizer {
  readonly vocab: number;
  #plain: Library;
  #template: Library | undefined;
  #json: TokenizerJson;
  #path: string;
  #bytes: Uint8Array[];
  #special = new Map<string, number>();
  #encoder = new TextEncoder();

  /**
   * @param path The file it came from, for errors.
   * @throws {FormatError} If the library does not know a part of it.
   */
  constructor(json: TokenizerJson, path: string) {
    this.#json = rewriteForLibrary(json);
    this.#path = path;
    this.#plain = libraryOf(withoutSpecialTokens(this.#json), path);
    this.#bytes = tokenBytesOf(json);
    this.vocab = this.#bytes.length;
    for (const { content, id, special } of json.added_tokens) {
      if (special) this.#special.set(content, id);
    }
  }

  encode(text: string): Int32Array {
    return Int32Array.from(this.#plain.encode(text.toWellFormed(), PLAIN).ids);
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
      this.#withSpecial().encode(text.toWellFormed(), PLAIN).ids,
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
    return this.#withSpecial().encode("a").ids[0] === id;
  }

  /** Built when first needed: plain prompts never do. */
  #withSpecial(): Library {
    return this.#template ??= libraryOf(this.#json, this.#path);
  }
}

/** The library's tokenizer with a faster cache in place of its own. */
function libraryOf(json: TokenizerJson, path: string): Library {
  try {
    const library = new Library(json, {});
    (library.model as unknown as BPE).cache = new WordCache() as never;
    return library;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(
      path,
      `its tokenizer is not supported (${reason})`,
      undefined,
      { cause },
    );
  }
}

/** The bytes of every token by id. */
function tokenBytesOf(json: TokenizerJson): Uint8Array[] {
  const toBytes = spellingOf(json) === "byte-level"
    ? byteLevelBytes
    : sentencePieceBytes;
  const bytes: Uint8Array[] = [];
  for (const [token, id] of Object.entries(json.model.vocab)) {
    bytes[id] = toBytes(token);
  }
  const encoder = new TextEncoder();
  for (const { id, content, special } of json.added_tokens) {
    bytes[id] = special ? NO_BYTES : encoder.encode(content);
  }
  return Array.from(bytes, (b) => b ?? NO_BYTES);
}
