/** Longer pieces are cut at line ends: tables, logs and code have no sentences. */
const LONGEST = 400;

/**
 * A text's sentences, trimmed: they end at `.`, `!`, `?` or `…` before white space, at `。`, `！` or `？`, and at
 * empty lines. Pieces of more than 400 characters are cut at line ends as well.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sentencesOf } from "parallelcomp";
 *
 * const text = 'He saw it. “There!”\nIt was 3.5 m\nlong.\n\nChapter 2';
 * assert.deepEqual(sentencesOf(text), ["He saw it.", "“There!”", "It was 3.5 m\nlong.", "Chapter 2"]);
 * ```
 */
export function sentencesOf(text: string): string[] {
  return text.split(end)
    .flatMap((piece) => piece.length > LONGEST ? piece.split("\n") : [piece])
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "");
}

const end = /(?<=[.!?…]["'”’)\]]*)\s+|(?<=[。！？])|\n\s*\n/u;
