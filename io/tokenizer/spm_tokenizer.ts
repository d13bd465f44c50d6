import { byteEndsOf } from "./byte_ends.ts";
import { sentencePieceBytes } from "./byte_level.ts";
import { mergeByScore } from "./spm_merge.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { WordCache } from "./word_cache.ts";

/** SentencePiece's kinds of token, as GGUF numbers them. */
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const BYTE = 6;

const NO_BYTES = new Uint8Array(0);
/** What a GGUF file says about its SentencePiece tokenizer. */
export interface SpmModel {
  readonly tokens: readonly string[];
  /** Higher merges first. // [vocab] */
  readonly scores: ArrayLike<number>;
  /** Kinds of token. // [vocab] */
  readonly types: ArrayLike<number>;
  readonly unknownId: number;
  /** Whether a space is put before text that starts or follows a special token. */
  readonly spacePrefix: boolean;
}

/**
 * SentencePiece's byte-pair model with byte fallback, as llama.cpp reads it
 * from GGUF files.
 */
export class SpmTokenizer implements Tokenizer {
  readonly vocab: number;
  #model: SpmModel;
  #ids = new Map<string, number>();
  #literal = new Map<string, number>(); // user-defined
  #special = new Map<string, number>(); // control
  #byteIds = new Int32Array(256).fill(-1);
  #bytes: Uint8Array[];
  #cuts: { readonly plain: RegExp | null; readonly template: RegExp | null };
  #words: RegExp;
  #cache = new WordCache<readonly number[]>();
  #encoder = new TextEncoder();

  constructor(model: SpmModel) {
    this.#model = model;
    this.vocab = model.tokens.length;
    this.#bytes = model.tokens.map((token, id) => this.#learn(token, id));
    const plain = [...this.#literal.keys()];
    this.#cuts = {
      plain: anyOf(plain),
      template: anyOf([...plain, ...this.#special.keys()]),
    };
    // Where no token has a space inside, no merge crosses a word's start.
    const apart = [...this.#ids.keys()].every((token) => !/[^▁]▁/.test(token));
    this.#words = apart ? /▁*[^▁]+|▁+/g : /[^]+/g;
  }

  encode(text: string): Int32Array {
    return this.#encode(text, this.#cuts.plain);
  }

  encodeTemplate(text: string): Int32Array {
    return this.#encode(text, this.#cuts.template);
  }

  encodeWithOffsets(
    text: string,
  ): { readonly ids: Int32Array; readonly byteEnds: Uint32Array } {
    const ids = this.encode(text);
    const tokens = Array.from(ids, (id) => this.tokenBytes(id));
    return { ids, byteEnds: byteEndsOf(this.#encoder.encode(text), tokens) };
  }

  tokenBytes(id: number): Uint8Array {
    return this.#bytes[id] ?? NO_BYTES;
  }

  specialId(text: string): number | undefined {
    return this.#special.get(text);
  }

  /** Files a token under its kind and returns its bytes. */
  #learn(token: string, id: number): Uint8Array {
    const type = this.#model.types[id];
    if (type === CONTROL) this.#special.set(token, id);
    if (type === CONTROL || type === UNKNOWN) return NO_BYTES;
    const bytes = sentencePieceBytes(token);
    if (type === BYTE) this.#byteIds[bytes[0]!] = id;
    else if (type === USER_DEFINED) this.#literal.set(token, id);
    if (type !== BYTE && !this.#ids.has(token)) this.#ids.set(token, id);
    return bytes;
  }

  #encode(text: string, cuts: RegExp | null): Int32Array {
    const ids: number[] = [];
    let afterSpecial = true;
    const pieces = text.toWellFormed().split(cuts ?? /(?!)/);
    for (const [i, piece] of pieces.entries()) {
      if (i % 2 === 1) { // a match: `split` returns the captured group
        ids.push(this.#literal.get(piece) ?? this.#special.get(piece)!);
        afterSpecial = true;
      } else if (piece !== "") {
        const prefix = afterSpecial && this.#model.spacePrefix ? " " : "";
        this.#encodePiece(prefix + piece, ids);
        afterSpecial = false;
      }
    }
    return Int32Array.from(ids);
  }

  #encodePiece(text: string, ids: number[]): void {
    for (const [word] of text.replaceAll(" ", "▁").matchAll(this.#words)) {
      for (const id of this.#wordIds(word)) ids.push(id);
    }
  }

  #wordIds(word: string): readonly number[] {
    const known = this.#cache.get(word);
    if (known) return known;
    const ids: number[] = [];
    for (const piece of mergeByScore(word, this.#ids, this.#model.scores)) {
      const id = this.#ids.get(piece);
      if (id !== undefined) ids.push(id);
      else this.#spell(piece, ids);
    }
    this.#cache.put(word, ids);
    return ids;
  }

  /** A letter outside the vocabulary, as its bytes. */
  #spell(letter: string, ids: number[]): void {
    const bytes = this.#encoder.encode(letter);
    if (bytes.every((byte) => this.#byteIds[byte]! >= 0)) {
      for (const byte of bytes) ids.push(this.#byteIds[byte]!);
    } else {
      ids.push(this.#model.unknownId);
    }
  }
}

/** Matches any of the texts, the longest first, and captures it. */
function anyOf(texts: string[]): RegExp | null {
  if (texts.length === 0) return null;
  const sorted = texts.toSorted((a, b) => b.length - a.length);
  return new RegExp(`(${sorted.map(RegExp.escape).join("|")})`, "u");
}
