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
  window: ChunkBudgetOptions.shape.window.unwrap().or(z.literal("half"))
    .default("model").describe(
      "window in tokens, the model's own, or half: a document that does not fit as one chunk is cut into chunks of half the room",
    ),
  cut: z.enum(["token", "line", "sentence"]).default("token").describe(
    "where a chunk may end: at any token, or at the nearest line or sentence end within the tolerance",
  ),
  tolerance: z.number().min(0).max(0.5).default(0.1).describe(
    "how far a border may move to such an end, as a share of a chunk",
  ),
  positions: z.enum(["reused", "document"]).default("reused").describe(
    "where kept keys stand: reused, from 0 in each chunk; document, at their places in it, where merge turns them (it needs the model then)",
  ),
});

/**
 * Cuts the document into ⌈N / budget⌉ even chunks; positions restart at 0 in each. With `positions: document` they do
 * so until `merge`: a chunk's own rows and the question behind it only know distances, which are the same.
 *
 * With `window: half` chunks are half as long, and borders that look for the end of a line always have room to move.
 * Passages that are much alike may be told apart better then; over all tasks it is no gain (DECISIONS 56).
 */
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
      const { cut, tolerance, positions, window, ...limits } = options;
      const halved = window === "half";
      const budget = chunkBudget(model, prompt, {
        ...limits,
        window: halved ? "model" : window,
      });
      const fits = tokens.ids.length <= budget;
      const size = halved && !fits ? Math.ceil(budget / 2) : budget;
      const bytes = documentBytes(tokens);
      const rule = { cut, tolerance, budget, size };
      const borders = cutPoints(tokens, bytes, rule);
      const pieces = documentPieces(tokens, prompt, borders, bytes);
      return from(positions === "document" ? inDocument(pieces) : pieces);
    }),
  }),
});

/** The chunks with their places in the document; what the run reaches is all of it. */
function inDocument(chunks: readonly Chunk[]): readonly Chunk[] {
  const longest = chunks.reduce((a, b) => Math.max(a, b.tokens.length), 0);
  const total = chunks.reduce((sum, { tokens }) => sum + tokens.length, 0);
  let offset = 0;
  return chunks.map((chunk) => {
    const placed = { ...chunk, offset };
    offset += chunk.tokens.length;
    if (chunk.positions === undefined) return placed;
    return { ...placed, positions: chunk.positions - longest + total };
  });
}
