import { from } from "rxjs";
import { z } from "zod";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { chunkBudget, ChunkBudgetOptions } from "./budget.ts";
import { cutPoints } from "./cut_points.ts";
import { documentBytes, documentPieces } from "./document_pieces.ts";
import { Chunk, Model, Prompt, TokenizedDocument } from "../types.ts";
import { withSingles } from "../with_singles.ts";

/** Options of `chunk.even`. */
export const ChunkEvenOptions = ChunkBudgetOptions.extend({
  cut: z.enum(["token", "line", "sentence"]).default("token").describe(
    "where a chunk may end: at any token, or at the nearest line or sentence end within the tolerance",
  ),
  tolerance: z.number().min(0).max(0.5).default(0.1).describe(
    "how far a border may move to such an end, as a share of a chunk",
  ),
});

/** Cuts the document into ⌈N / budget⌉ even chunks; positions restart at 0 in each. */
export const chunkEven = defineStage({
  name: "chunk.even",
  summary: "Even chunks that fit the window with question and answer",
  inputs: {
    tokens: single(TokenizedDocument),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { chunks: stream(Chunk) },
  options: ChunkEvenOptions,
  run: (inputs, options) => ({
    chunks: withSingles(inputs, ({ tokens, prompt, model }) => {
      const { cut, tolerance, ...limits } = options;
      const budget = chunkBudget(model, prompt, limits);
      const bytes = documentBytes(tokens);
      const borders = cutPoints(tokens, bytes, { cut, tolerance, budget });
      return from(documentPieces(tokens, prompt, borders, bytes));
    }),
  }),
});
