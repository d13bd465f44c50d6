import { from, mergeMap, toArray } from "rxjs";
import { z } from "zod";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { Bm25ScoreOptions } from "../score/bm25.ts";
import { bm25Scores } from "../score/bm25_scores.ts";
import { textOfChunk } from "../score/needs/text.ts";
import { Chunk, Prompt, TokenizedDocument } from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";
import { documentBytes } from "./document_pieces.ts";

/** Options of `chunk.order`. */
export const ChunkOrderOptions = Bm25ScoreOptions.extend({
  by: z.enum(["document", "end", "bm25"]).default("document").describe(
    "which chunks come first; document: as they stand in it; end: the last; bm25: those that share most with the question (needs inputs tokens and prompt)",
  ),
});

const byWords = ({ by }: { readonly by: string }) => by === "bm25";

/**
 * The same chunks in another order, which they carry (`Chunk.turn`). It changes no answer where all of them are read;
 * where the choice comes early (`select.early`), what is likely to hold the answer is to be read first. Of equal BM25
 * the earlier chunk comes first. BM25 breaks where the answer's chunk says it in other words than the question; then
 * the order is as good as any. In `chat` the document is read before there is a question: in its own order.
 */
export const chunkOrder = defineStage({
  name: "chunk.order",
  summary: "The chunks in the order in which they are to be read",
  inputs: {
    chunks: stream(Chunk),
    tokens: single(TokenizedDocument, { optional: true, neededBy: byWords }),
    prompt: single(Prompt, { optional: true, neededBy: byWords }),
  },
  outputs: { chunks: stream(Chunk) },
  options: ChunkOrderOptions,
  run: (inputs, { by, ...options }) => ({
    chunks: by === "document" ? inputs.chunks : withSingles(
      { tokens: optional(inputs.tokens), prompt: optional(inputs.prompt) },
      ({ tokens, prompt }, chunks) =>
        chunks.pipe(
          toArray(),
          mergeMap((all) => {
            const fits = by === "end"
              ? all.map(({ index }) => index)
              : bm25Of(all, tokens!, prompt!, options);
            return from(inTurns(all, fits));
          }),
        ),
      inputs.chunks,
    ),
  }),
});

function bm25Of(
  chunks: readonly Chunk[],
  tokens: TokenizedDocument,
  { question }: Prompt,
  options: Parameters<typeof bm25Scores>[2],
): number[] { // [chunks]
  const document = documentBytes(tokens);
  const texts = chunks.map((chunk) => textOfChunk(document, chunk));
  return bm25Scores(texts, question, options);
}

/** The chunks with the highest numbers first; of equal ones the first. */
function inTurns(
  chunks: readonly Chunk[],
  fits: readonly number[], // [chunks]
): Chunk[] {
  return [...chunks.keys()].sort((a, b) => fits[b]! - fits[a]! || a - b)
    .map((at, turn) => ({ ...chunks[at]!, turn }));
}
