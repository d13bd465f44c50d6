import { documentBytes } from "../../chunk/document_pieces.ts";
import type { Chunk, Prompt, TokenizedDocument } from "../../types.ts";

/** What a document and its question say. */
export interface RunText {
  readonly question: string;
  /** UTF-8 of the document. */
  readonly document: Uint8Array;
  /** Texts of the document's chunks, by their index. */
  readonly chunks: readonly string[];
}

/** The need `text`: texts of all chunks, out of the document's bytes, and of the question. */
export function runText(
  tokens: TokenizedDocument,
  corpus: readonly Chunk[],
  { question }: Pick<Prompt, "question">,
): RunText {
  const document = documentBytes(tokens);
  const chunks: string[] = [];
  for (const chunk of corpus) {
    chunks[chunk.index] = textOfChunk(document, chunk);
  }
  return { question, document, chunks };
}

/** A chunk's text. A character that a border cuts becomes U+FFFD on both sides. */
export function textOfChunk(
  document: Uint8Array,
  { byteStart, byteEnd }: Pick<Chunk, "byteStart" | "byteEnd">,
): string {
  return new TextDecoder().decode(document.subarray(byteStart, byteEnd));
}
