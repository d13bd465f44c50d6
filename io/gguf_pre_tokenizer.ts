// deno-lint-ignore-file camelcase -- names of the file format
import type { GgufMetadata } from "./gguf_metadata.ts";

/** GPT-2's way to cut text into words. */
const GPT2 =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** The regular expressions of each `tokenizer.ggml.pre`, applied in order. */
const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  "gpt-2": [GPT2],
  smollm: ["\\p{N}", GPT2],
};

/** The pre-tokenizer section of a `tokenizer.json` for a GGUF file. */
export function preTokenizerOf(meta: GgufMetadata): unknown {
  const pre = meta.string("tokenizer.ggml.pre") ?? "default";
  const patterns = PATTERNS[pre];
  if (!patterns) {
    throw meta.error(
      `its pre-tokenizer is "${pre}"; supported are ${
        Object.keys(PATTERNS).map((name) => `"${name}"`).join(", ")
      }`,
    );
  }
  return {
    type: "Sequence",
    pretokenizers: [
      ...patterns.map((Regex) => ({
        type: "Split",
        pattern: { Regex },
        behavior: "Isolated",
        invert: false,
      })),
      { type: "ByteLevel", add_prefix_space: false, use_regex: false },
    ],
  };
}
