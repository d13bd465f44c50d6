import { of } from "rxjs";
import { z } from "zod";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { chunkBudget, ChunkBudgetOptions } from "./budget.ts";
import { onePiece } from "./document_pieces.ts";
import { headAndTail } from "./head_and_tail.ts";
import { Chunk, Model, Prompt, TokenizedDocument } from "../types.ts";
import { withSingles } from "../with_singles.ts";

/** Options of `chunk.sink-recent`. */
export const ChunkSinkRecentOptions = ChunkBudgetOptions.extend({
  sinks: z.int().min(0).default(4).describe("first tokens of the document"),
});

/** One chunk with the first few and the most recent tokens that fit: StreamingLLM by recomputation, a baseline. */
export const chunkSinkRecent = defineStage({
  name: "chunk.sink-recent",
  summary: "One chunk: the first few tokens and the most recent that fit",
  inputs: {
    tokens: single(TokenizedDocument),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { chunks: stream(Chunk) },
  options: ChunkSinkRecentOptions,
  run: (inputs, { sinks, ...options }) => ({
    chunks: withSingles(inputs, ({ tokens, prompt, model }) => {
      const budget = chunkBudget(model, prompt, options);
      if (sinks > budget) {
        throw new RangeError(
          `Cannot keep ${sinks} sinks: a chunk holds ${budget} tokens`,
        );
      }
      const ids = headAndTail(tokens.ids, sinks, budget - sinks);
      return of(onePiece(tokens, prompt, ids));
    }),
  }),
});
