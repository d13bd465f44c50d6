import { of } from "rxjs";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { chunkBudget, ChunkBudgetOptions } from "./budget.ts";
import { onePiece } from "./document_pieces.ts";
import { headAndTail } from "./head_and_tail.ts";
import { Chunk, Model, Prompt, TokenizedDocument } from "../types.ts";
import { withSingles } from "../with_singles.ts";

/** One chunk with the first and the last half of what fits; the middle is dropped. The usual baseline. */
export const chunkTruncateMiddle = defineStage({
  name: "chunk.truncate-middle",
  summary: "One chunk: the first and the last half of what fits the window",
  inputs: {
    tokens: single(TokenizedDocument),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { chunks: stream(Chunk) },
  options: ChunkBudgetOptions,
  run: (inputs, options) => ({
    chunks: withSingles(inputs, ({ tokens, prompt, model }) => {
      const budget = chunkBudget(model, prompt, options);
      const head = Math.ceil(budget / 2);
      const ids = headAndTail(tokens.ids, head, budget - head);
      return of(onePiece(tokens, prompt, ids));
    }),
  }),
});
