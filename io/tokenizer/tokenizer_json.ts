import { z } from "zod";

const addedToken = z.looseObject({
  id: z.int().min(0).max(1 << 22),
  content: z.string(),
  special: z.boolean().default(false),
});

/** One step of a tokenizer's pipeline. */
const part = z.looseObject({ type: z.string() }).nullable().default(null);

/** Far above any vocabulary; ids index arrays. */
const MAX_ID = 1 << 22;

/** Checked as a whole: a vocabulary may hold any text, `__proto__` too. */
const vocab = z.custom<Record<string, number>>(
  (value) =>
    typeof value === "object" && value !== null &&
    Object.values(value).every((id) =>
      Number.isInteger(id) && id >= 0 && id < MAX_ID
    ),
  "must map tokens to ids",
);

const merge = z.union([z.string(), z.tuple([z.string(), z.string()])]);

const model = z.looseObject({
  type: z.literal("BPE").default("BPE"),
  vocab,
  merges: z.array(merge).transform((merges) =>
    merges.map((merge) => typeof merge === "string" ? splitMerge(merge) : merge)
  ),
});

/** The parts of `tokenizer.json` that are looked at; the library reads the rest. */
export const tokenizerJson = z.looseObject({
  ["added_tokens"]: z.array(addedToken).default([]),
  normalizer: part,
  ["pre_tokenizer"]: part,
  ["post_processor"]: part,
  decoder: part,
  model,
});

/** A `tokenizer.json`, checked as far as this project looks into it. */
export type TokenizerJson = z.infer<typeof tokenizerJson>;

/** One step of a tokenizer's pipeline. */
export type TokenizerPart = z.infer<typeof part>;

/**
 * The same tokenizer without its special tokens: neither as added tokens nor
 * as entries that merges could reach.
 */
export function withoutSpecialTokens(json: TokenizerJson): TokenizerJson {
  const special = new Set(
    json.added_tokens.filter((t) => t.special).map((t) => t.content),
  );
  const { vocab, merges } = json.model;
  return {
    ...json,
    ["added_tokens"]: json.added_tokens.filter((t) => !t.special),
    model: {
      ...json.model,
      vocab: Object.fromEntries(
        Object.entries(vocab).filter(([token]) => !special.has(token)),
      ),
      merges: merges.filter(([a, b]) => !special.has(a + b)),
    },
  };
}

/** The two halves of a merge; the first may begin with a space. */
export function splitMerge(merge: string): [string, string] {
  const cut = merge.indexOf(" ", 1);
  return cut < 0 ? [merge, ""] : [merge.slice(0, cut), merge.slice(cut + 1)];
}

/** How tokens spell bytes: by GPT-2's letters or by SentencePiece's `▁` and `<0x0A>`. */
export function spellingOf(
  json: TokenizerJson,
): "byte-level" | "sentencepiece" {
  return JSON.stringify([json.decoder, json.pre_tokenizer])
      .includes('"ByteLevel"')
    ? "byte-level"
    : "sentencepiece";
}
