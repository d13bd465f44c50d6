// deno-lint-ignore-file camelcase -- names of the file format
import type { GgufMetadata } from "./gguf_metadata.ts";
import { JsonTokenizer } from "./json_tokenizer.ts";
import { preTokenizerOf } from "./gguf_pre_tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { tokenizerJson } from "./tokenizer_json.ts";

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
  if (model !== "gpt2") {
    throw meta.error(
      `its tokenizer is of kind "${model}"; supported are "gpt2" and "llama"`,
    );
  }
  const merges = meta.strings("tokenizer.ggml.merges");
  if (!merges) {
    throw meta.error('metadata "tokenizer.ggml.merges" is missing');
  }
  const types = meta.numbers("tokenizer.ggml.token_type");
  const vocab: [string, number][] = [];
  const added: unknown[] = [];
  for (const [id, content] of tokens.entries()) {
    const type = types?.[id];
    vocab.push([content, id]);
    if (type === CONTROL || type === USER_DEFINED) {
      added.push({
        id,
        content,
        special: type === CONTROL,
        normalized: false,
      });
    }
  }
  return new JsonTokenizer(tokenizerJson.parse({
    added_tokens: added,
    pre_tokenizer: preTokenizerOf(meta),
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      vocab: Object.fromEntries(vocab),
      merges,
    },
  }));
}
