// deno-lint-ignore-file camelcase -- names of the file format
import { z } from "zod";

const addedToken = z.looseObject({
  id: z.int().min(0).max(1 << 24),
  content: z.string(),
  special: z.boolean().default(false),
});

const part = z.looseObject({ type: z.string() }).nullable().default(null);

const model = z.looseObject({
  type: z.enum(["BPE", "Unigram"]).default("BPE"),
});

/** The parts of `tokenizer.json` that are looked at; the library reads the rest. */
export const tokenizerJson = z.looseObject({
  added_tokens: z.array(addedToken).default([]),
  normalizer: part,
  pre_tokenizer: part,
  post_processor: part,
  decoder: part,
  model,
});

/** A `tokenizer.json`, checked as far as this project looks into it. */
export type TokenizerJson = z.infer<typeof tokenizerJson>;

/** A token beside the model's own vocabulary. */
export type AddedToken = z.infer<typeof addedToken>;

/**
 * The same tokenizer without its special tokens: neither as added tokens nor
 * as entries that merges could reach.
 */
export function withoutSpecialTokens(json: TokenizerJson): TokenizerJson {
  const special = new Set(
    json.added_tokens.filter((t) => t.special).map((t) => t.content),
  );
  const { merges } = json.model as { merges?: (string | [string, string])[] };
  return {
    ...json,
    added_tokens: json.added_tokens.filter((t) => !t.special),
    model: merges
      ? {
        ...json.model,
        merges: merges.filter((merge) => {
          const [a, b] = typeof merge === "string" ? merge.split(" ") : merge;
          return !special.has(`${a}${b}`);
        }),
      }
      : json.model,
  };
}

/** How tokens spell bytes: by GPT-2's letters or by SentencePiece's `▁` and `<0x0A>`. */
export function decoderKind(
  json: TokenizerJson,
): "byte-level" | "sentencepiece" {
  return JSON.stringify([json.decoder, json.pre_tokenizer])
      .includes('"ByteLevel"')
    ? "byte-level"
    : "sentencepiece";
}
