import { z } from "zod";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import { documentBytes } from "../chunk/document_pieces.ts";
import { textOfChunk } from "../score/needs/text.ts";
import { Bm25ScoreOptions } from "../score/bm25.ts";
import { KvChunk, Prompt, TokenizedDocument } from "../types.ts";
import { withSingles } from "../with_singles.ts";
import { FeedbackQuery } from "./feedback_query.ts";
import { chooseInRounds, RoundsOptions } from "./in_rounds.ts";

/** Options of `select.feedback`. */
export const SelectFeedbackOptions = RoundsOptions.extend({
  question: z.number().min(0).max(1).default(1).describe(
    "weight of the question's words that the last chunk's sentence lacks; words that the sentence adds count 1",
  ),
  k1: Bm25ScoreOptions.shape.k1,
  b: Bm25ScoreOptions.shape.b,
});

/**
 * Chooses chunks one after another, for questions whose answer stands in a chunk that shares no word with them: the
 * first chunk by its score; its sentence that fits the question best (BM25 over sentences) then says what to look for
 * next, and the chunk whose best sentence fits that is chosen; and so on. Pseudo relevance feedback (Rocchio 1971,
 * Lavrenko and Croft 2001) with one sentence as the feedback document. Costs no pass of the model; all candidates'
 * KV stays in memory, so put an evictor before it or bound `candidates`. Breaks where the hops share no written
 * word, and where a common word outweighs the one that links them.
 */
export const selectFeedback = defineStage({
  name: "select.feedback",
  summary:
    "Keeps n chunks, each found by the words of a sentence in the one before it",
  inputs: {
    chunks: stream(KvChunk, { needs: ["score"] }),
    tokens: single(TokenizedDocument),
    prompt: single(Prompt),
  },
  outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
  options: SelectFeedbackOptions,
  stops: "only kept chunks are evicted",
  run: (inputs, options, ctx) => ({
    chunks: withSingles(
      { tokens: inputs.tokens, prompt: inputs.prompt },
      ({ tokens, prompt }, chunks) =>
        chunks.pipe(
          chooseInRounds("select.feedback", options, ctx, (all) => {
            const document = documentBytes(tokens);
            const texts = new Map(
              all.map(({ chunk }) => [
                chunk.index,
                textOfChunk(document, chunk),
              ]),
            );
            const query = new FeedbackQuery(prompt.question, texts, options);
            return (chosen, left) => {
              query.follow(chosen.at(-1)!.chunk.index);
              return left.map(({ chunk }) => query.score(chunk.index));
            };
          }),
        ),
      inputs.chunks,
    ),
  }),
});
