import type { TokenizerJson, TokenizerPart } from "./tokenizer_json.ts";
import { spellingOf } from "./tokenizer_json.ts";
import {
  GPT2_SINGLE_DIGITS_WORDS,
  GPT2_WORDS,
  isolate,
  wordsThenBytes,
} from "./word_patterns.ts";

/**
 * The same tokenizer in a form that the library reads like its Rust model and
 * in linear time:
 *
 * - `ByteLevel`'s own pattern and `Digits` use JavaScript's `\s` and `\d`,
 *   which differ from Unicode's; as `Split` patterns they are translated.
 * - A SentencePiece-like model without word splitting would merge a whole
 *   document as one word. Where no token holds a `▁` after another letter, no
 *   merge crosses a word's start, and words can be merged one by one.
 */
export function rewriteForLibrary(json: TokenizerJson): TokenizerJson {
  const parts = partsOf(json.pre_tokenizer).flatMap(rewritePart);
  if (spellingOf(json) === "sentencepiece" && wordsAreApart(json)) {
    parts.push(isolate("▁*[^▁]+|▁+"));
  }
  return {
    ...json,
    ["pre_tokenizer"]: parts.length === 0
      ? null
      : { type: "Sequence", pretokenizers: joinDigits(parts) },
  };
}

type Part = NonNullable<TokenizerPart>;

function partsOf(part: TokenizerPart): Part[] {
  if (part === null) return [];
  return part.type === "Sequence" && Array.isArray(part.pretokenizers)
    ? part.pretokenizers.flatMap(partsOf)
    : [part];
}

function rewritePart(part: Part): Part[] {
  if (part.type === "Digits") {
    return [isolate(part.individual_digits ? "\\p{N}" : "\\p{N}+")];
  }
  const words = part.type === "ByteLevel" && part.use_regex !== false &&
    part.add_prefix_space !== true;
  return words ? wordsThenBytes(GPT2_WORDS).pretokenizers as Part[] : [part];
}

/** Single digits followed by GPT-2's words are one pattern, which is faster. */
function joinDigits(parts: Part[]): Part[] {
  const same = (part: Part | undefined, regex: string) =>
    JSON.stringify(part) === JSON.stringify(isolate(regex));
  const at = parts.findIndex((part, i) =>
    same(part, "\\p{N}") && same(parts[i + 1], GPT2_WORDS)
  );
  return at < 0
    ? parts
    : parts.toSpliced(at, 2, isolate(GPT2_SINGLE_DIGITS_WORDS));
}

function wordsAreApart(json: TokenizerJson): boolean {
  return json.model.merges.every(([a, b]) => !/[^▁]▁/.test(a + b));
}
