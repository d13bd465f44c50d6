import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";

/**
 * Index of the sentence that every token belongs to. A sentence ends behind `.`, `!` or `?` (closing quotes and
 * brackets included) before white space, behind a line break, and behind the full stops of Chinese and Japanese. A
 * token that reaches across the end belongs to the sentence that it starts in; special tokens to the one around them.
 *
 * Breaks on abbreviations ("Mr. Smith" is cut), and on text without marks: a table or a log line is one sentence.
 */
export function sentencesOf(
  ids: Int32Array, // [length]
  tokenizer: Pick<Tokenizer, "tokenBytes">,
): Int32Array {
  const pieces = Array.from(ids, (id) => tokenizer.tokenBytes(id));
  let bytes = "";
  const starts = pieces.map((piece) => {
    const start = bytes.length;
    bytes += String.fromCharCode(...piece); // one unit a byte, so that indices are bytes
    return start;
  });
  const ends = Array.from(
    bytes.matchAll(SENTENCE_END),
    (match) => match.index + match[0].length,
  );
  let sentence = 0;
  return Int32Array.from(starts, (start, i) => {
    while (pieces[i]!.length > 0 && ends[sentence]! <= start) sentence++;
    return sentence;
  }); // [length]
}

/** On UTF-8 bytes: the last alternatives are 。！？. */
const SENTENCE_END =
  // deno-lint-ignore no-control-regex
  /[.!?](?:["')\]]|\xe2\x80[\x99\x9d])*(?=[\x00-\x20])|\n+|\xe3\x80\x82|\xef\xbc\x81|\xef\xbc\x9f/g;
