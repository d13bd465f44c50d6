import { of } from "rxjs";
import { z } from "zod";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { chunkBudget, ChunkBudgetOptions } from "./budget.ts";
import { onePiece } from "./document_pieces.ts";
import { headAndTail } from "./head_and_tail.ts";
import { Chunk, Model, Prompt, TokenizedDocument } from "../types.ts";
import { withSingles } from "../with_singles.ts";

/** Options of `chunk.truncate-middle`. */
export const TruncateMiddleOptions = ChunkBudgetOptions.extend({
  halves: z.enum(["document", "prompt"]).default("document").describe(
    "whose halves are alike; document: those of the document; prompt: instructions with the document's beginning, and the document's end with the question, as in LongBench's pred.py",
  ),
});

/**
 * One chunk with the first and the last half of what fits; the middle is dropped. The usual baseline.
 *
 * With `halves: prompt` its tokens are those of LongBench's `pred.py` at `max_length = window − answerTokens`, but for
 * three things: no token is decoded and encoded again, so none changes at the cut; a chat template counts as part of
 * the prompt, where `pred.py` adds it to what was cut; and a question longer than half of it stays whole.
 */
export const chunkTruncateMiddle = defineStage({
  name: "chunk.truncate-middle",
  summary: "One chunk: the first and the last half of what fits the window",
  inputs: {
    tokens: single(TokenizedDocument),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { chunks: stream(Chunk) },
  options: TruncateMiddleOptions,
  run: (inputs, { halves, ...options }) => ({
    chunks: withSingles(inputs, ({ tokens, prompt, model }) => {
      const budget = chunkBudget(model, prompt, options);
      const [head, tail] = halves === "document"
        ? halvesOf(budget)
        : halvesOfPrompt(budget, prompt);
      const ids = tokens.ids.length <= budget
        ? tokens.ids
        : headAndTail(tokens.ids, head, tail);
      return of(onePiece(tokens, prompt, ids));
    }),
  }),
});

type Halves = readonly [head: number, tail: number];

function halvesOf(budget: number): Halves {
  return [Math.ceil(budget / 2), Math.floor(budget / 2)];
}

/** What instructions and question leave of two equal halves; an odd token is left out, as in `pred.py`. */
function halvesOfPrompt(
  budget: number,
  { lead, tail }: Pick<Prompt, "lead" | "tail">,
): Halves {
  const half = Math.floor((budget + lead.length + tail.length) / 2);
  if (half < tail.length) return [budget, 0];
  if (half < lead.length) return [0, budget];
  return [half - lead.length, half - tail.length];
}
