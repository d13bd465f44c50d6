import type { Tokenizer } from "../io/tokenizer/tokenizer.ts";

/** Ids behind the document, and which of them are the question's. */
export interface PromptTail {
  readonly ids: Int32Array; // [rows]
  readonly scored: readonly [from: number, to: number];
}

/** What stands behind the question. */
export interface TailEnd {
  /** Of the template: special tokens count in it. */
  readonly template: string;
  /** Behind that: how the answer begins; no special tokens. */
  readonly plain: string;
}

/**
 * Encodes what stands behind the document. Template text in which special tokens count is encoded on its own;
 * template text without any is encoded together with the question, as a tokenizer would see the whole: `"\n\nWhat"`
 * splits differently from `"\n\n"` and `"What"`. The question and how the answer begins never become special tokens.
 */
export function promptTail(
  tokenizer: Tokenizer,
  between: string,
  question: string,
  { template: after, plain }: TailEnd = { template: "", plain: "" },
): PromptTail {
  const before = isPlain(tokenizer, between)
    ? { special: new Int32Array(0), text: between }
    : { special: tokenizer.encodeTemplate(between), text: "" };
  const behind = isPlain(tokenizer, after)
    ? { special: new Int32Array(0), text: after + plain }
    : {
      special: Int32Array.from([
        ...tokenizer.encodeTemplate(after),
        ...tokenizer.encode(plain),
      ]),
      text: "",
    };
  const { ids, byteEnds } = tokenizer.encodeWithOffsets(
    before.text + question + behind.text,
  );
  const from = byteLength(before.text);
  const to = from + byteLength(question);
  const first = byteEnds.findIndex((end) => end > from);
  let last = first;
  while (last < ids.length && (byteEnds[last - 1] ?? 0) < to) last++;
  const shift = before.special.length;
  // Nothing predicts the first token of a tail: it is never scored.
  const scored = [Math.max(first + shift, 1), last + shift] as const;
  return {
    ids: Int32Array.from([...before.special, ...ids, ...behind.special]), // [rows]
    scored: [Math.min(scored[0], scored[1]), scored[1]],
  };
}

function isPlain(tokenizer: Tokenizer, text: string): boolean {
  const plain = tokenizer.encode(text);
  const template = tokenizer.encodeTemplate(text);
  return plain.length === template.length &&
    plain.every((id, i) => id === template[i]);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
