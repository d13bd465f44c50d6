import type { GgufMetadata } from "./gguf_metadata.ts";
import { JsonTokenizer } from "../tokenizer/json_tokenizer.ts";
import { preTokenizerOf } from "./gguf_pre_tokenizer.ts";
import { SpmTokenizer } from "../tokenizer/spm_tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { splitMerge, type TokenizerJson } from "../tokenizer/tokenizer_json.ts";

/** GGUF's kinds of token that matter here. */
const CONTROL = 3;
const USER_DEFINED = 4;

/**
 * Rebuilds a tokenizer from a GGUF file's metadata.
 *
 * @throws {FormatError} If parts are missing or the kind is not known.
 */
export function ggufTokenizer(meta: GgufMetadata): Tokenizer {
  const model = meta.string("tokenizer.ggml.model");
  const tokens = meta.strings("tokenizer.ggml.tokens");
  if (!model || !tokens) {
    throw meta.error(
      "it holds no tokenizer; convert the model again with its tokenizer",
    );
  }
  if (model === "llama") return spmTokenizer(meta, tokens);
  if (model === "gpt2") return byteLevelTokenizer(meta, tokens);
  throw meta.error(
    `its tokenizer is of kind "${model}"; supported are "gpt2" and "llama"`,
  );
}

function byteLevelTokenizer(
  meta: GgufMetadata,
  tokens: readonly string[],
): Tokenizer {
  const merges = meta.strings("tokenizer.ggml.merges");
  if (!merges) throw meta.error('metadata "tokenizer.ggml.merges" is missing');
  const types = meta.numbers("tokenizer.ggml.token_type");
  const vocab: [string, number][] = [];
  const added: TokenizerJson["added_tokens"] = [];
  for (const [id, content] of tokens.entries()) {
    const type = types?.[id];
    vocab.push([content, id]);
    if (type === CONTROL || type === USER_DEFINED) {
      added.push({ id, content, special: type === CONTROL, normalized: false });
    }
  }
  const { section, wholeWords } = preTokenizerOf(meta);
  return new JsonTokenizer({
    ["added_tokens"]: added,
    normalizer: null,
    ["pre_tokenizer"]: section,
    ["post_processor"]: null,
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      vocab: Object.fromEntries(vocab),
      merges: merges.map(splitMerge),
      ["ignore_merges"]: wholeWords,
    },
  }, meta.path);
}

function spmTokenizer(
  meta: GgufMetadata,
  tokens: readonly string[],
): Tokenizer {
  const scores = meta.numbers("tokenizer.ggml.scores");
  const types = meta.numbers("tokenizer.ggml.token_type");
  if (scores?.length !== tokens.length || types?.length !== tokens.length) {
    throw meta.error(
      "its SentencePiece tokenizer lacks a score or a type for each token; convert the model again",
    );
  }
  return new SpmTokenizer({
    tokens,
    scores,
    types,
    unknownId: meta.number("tokenizer.ggml.unknown_token_id") ?? 0,
    spacePrefix: meta.boolean("tokenizer.ggml.add_space_prefix") ?? true,
  });
}
