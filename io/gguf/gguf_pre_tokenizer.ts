import type { GgufMetadata } from "./gguf_metadata.ts";
import {
  GPT2_SINGLE_DIGITS_WORDS,
  GPT2_WORDS,
  GPT4O_WORDS,
  LLAMA3_WORDS,
  QWEN2_WORDS,
  QWEN35_WORDS,
  TEKKEN_WORDS,
  wordsThenBytes,
} from "../tokenizer/word_patterns.ts";

/** The regular expressions of each `tokenizer.ggml.pre`, applied in order. */
const PATTERNS: ReadonlyMap<string, readonly string[]> = new Map([
  ["default", [
    "[\\p{P}\\$\\+<=>\\^~\\|]+",
    GPT2_WORDS,
    "\\p{N}+",
    "[0-9][0-9][0-9]",
  ]],
  ["gpt-2", [GPT2_WORDS]],
  ["phi-2", [GPT2_WORDS]],
  ["olmo", [GPT2_WORDS]],
  ["smollm", [GPT2_SINGLE_DIGITS_WORDS]],
  ["starcoder", [GPT2_SINGLE_DIGITS_WORDS]],
  ["refact", [GPT2_SINGLE_DIGITS_WORDS]],
  ["command-r", [GPT2_SINGLE_DIGITS_WORDS]],
  ["llama-bpe", [LLAMA3_WORDS]],
  ["llama3", [LLAMA3_WORDS]],
  ["llama-v3", [LLAMA3_WORDS]],
  ["qwen2", [QWEN2_WORDS]],
  ["deepseek-r1-qwen", [QWEN2_WORDS]],
  ["qwen35", [QWEN35_WORDS]],
  ["dbrx", [LLAMA3_WORDS]],
  ["smaug-bpe", [LLAMA3_WORDS]],
  // llama.cpp's expressions for these only come near those of the models' own tokenizer.json, which stand here.
  ["tekken", [TEKKEN_WORDS]],
  ["gpt-4o", [GPT4O_WORDS]],
  ["llama4", [GPT4O_WORDS]],
]);

/** Names under which words that are tokens themselves are not merged up from bytes. */
const WHOLE: readonly string[] = ["llama-bpe", "llama3", "llama-v3", "tekken"];

/** How a byte-level GGUF tokenizer cuts text before merging. */
export interface PreTokenizer {
  /** The `pre_tokenizer` section of a `tokenizer.json`. */
  readonly section: { readonly type: string };
  /** Words that are tokens themselves are not merged up from bytes. */
  readonly wholeWords: boolean;
}

/**
 * The pre-tokenizer that `tokenizer.ggml.pre` names; `default` where it is
 * missing, as in llama.cpp.
 */
export function preTokenizerOf(meta: GgufMetadata): PreTokenizer {
  const pre = meta.string("tokenizer.ggml.pre") ?? "default";
  const patterns = PATTERNS.get(pre);
  if (!patterns) {
    throw meta.error(
      `its pre-tokenizer is "${pre}"; supported are ${
        [...PATTERNS.keys()].map((name) => `"${name}"`).join(", ")
      }`,
    );
  }
  return {
    section: wordsThenBytes(...patterns),
    wholeWords: WHOLE.includes(pre),
  };
}
