import { of } from "rxjs";
import { z } from "zod";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { onePiece } from "./document_pieces.ts";
import { Chunk, Prompt, TokenizedDocument } from "../types.ts";
import { withSingles } from "../with_singles.ts";

/** Options of `chunk.whole`: none. */
export const ChunkWholeOptions = z.strictObject({});

/** The whole document as one chunk, however long: plain full attention, the baseline. */
export const chunkWhole = defineStage({
  name: "chunk.whole",
  summary: "The whole document as one chunk: full attention",
  inputs: { tokens: single(TokenizedDocument), prompt: single(Prompt) },
  outputs: { chunks: stream(Chunk) },
  options: ChunkWholeOptions,
  run: (inputs) => ({
    chunks: withSingles(
      inputs,
      ({ tokens, prompt }) => of(onePiece(tokens, prompt, tokens.ids)),
    ),
  }),
});
