import { from } from "rxjs";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { chunkBudget, ChunkBudgetOptions } from "./budget.ts";
import { cutPoints } from "./cut_points.ts";
import { documentBytes, documentPieces } from "./document_pieces.ts";
import { Chunk, Model, Prompt, TokenizedDocument } from "../types.ts";
import { withSingles } from "../with_singles.ts";

/**
 * Even blocks of half the room each, with the first block before every other one (Star Attention, arXiv 2411.17116):
 * the anchor draws the attention that every first token draws, and `merge` leaves it out, for it belongs to the lead of
 * these chunks. Positions restart in every chunk: the anchor has those of the first block, the block the next ones; the
 * source counts blocks on through the document, for models whose window holds it all.
 *
 * It computes twice the tokens, and nothing more than plain chunks for blocks that need no second one.
 */
export const chunkAnchored = defineStage({
  name: "chunk.anchored",
  summary: "Even blocks, each behind a copy of the first one (Star Attention)",
  inputs: {
    tokens: single(TokenizedDocument),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { chunks: stream(Chunk) },
  options: ChunkBudgetOptions,
  run: (inputs, options) => ({
    chunks: withSingles(inputs, ({ tokens, prompt, model }) => {
      const budget = Math.floor(chunkBudget(model, prompt, options) / 2);
      const bytes = documentBytes(tokens);
      const rule = { cut: "token", tolerance: 0, budget } as const;
      const borders = cutPoints(tokens, bytes, rule);
      return from(behindFirst(documentPieces(tokens, prompt, borders, bytes)));
    }),
  }),
});

/** The chunks, those behind the first one with its tokens in their lead. */
function behindFirst(chunks: readonly Chunk[]): readonly Chunk[] {
  const [first, ...others] = chunks;
  if (!first || others.length === 0) return chunks;
  const anchor = Int32Array.from([...first.lead, ...first.tokens]); // [lead + first block]
  // Pieces count what the run reaches without an anchor.
  const reached = (positions: number) => positions + first.tokens.length;
  const positions = first.positions === undefined
    ? {}
    : { positions: reached(first.positions) };
  return [
    { ...first, ...positions },
    ...others.map((chunk) => ({ ...chunk, lead: anchor, ...positions })),
  ];
}
