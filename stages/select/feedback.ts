import type { Observable } from "rxjs";
import { z } from "zod";
import { single, stream } from "../../core/port.ts";
import { defineStage } from "../../core/stage.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { documentBytes } from "../chunk/document_pieces.ts";
import { promptTail } from "../prompt_tail.ts";
import { Bm25ScoreOptions } from "../score/bm25.ts";
import { textOfChunk } from "../score/needs/text.ts";
import { KvChunk, Model, Prompt, TokenizedDocument } from "../types.ts";
import { optional, withSingles } from "../with_singles.ts";
import { FeedbackQuery } from "./feedback_query.ts";
import { chooseInRounds, RoundsOptions, type ScoreNext } from "./in_rounds.ts";

/** Options of `select.feedback`. */
export const SelectFeedbackOptions = RoundsOptions.extend({
  by: z.enum(["words", "likelihood"]).default("words").describe(
    "how the next chunk is found. words: BM25 of the sentence's words, no pass of the model; likelihood: the mean NLL of the sentence behind every chunk left (needs input model)",
  ),
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
 * Lavrenko and Croft 2001) with one sentence as the feedback document. With `by: likelihood` the sentence takes the
 * question's place instead: the chunk behind which the model finds it least surprising (paper eq. 3) is next. All
 * candidates' KV stays in memory: bound `candidates`, or, by words, put an evictor before it, which changes no choice.
 * Breaks where the hops share no written word, and where a common word outweighs the one that links them.
 */
export const selectFeedback = defineStage({
  name: "select.feedback",
  summary: "Keeps n chunks, each found by a sentence of the one before it",
  inputs: {
    chunks: stream(KvChunk, { needs: ["score"] }),
    tokens: single(TokenizedDocument),
    prompt: single(Prompt),
    model: single(Model, {
      optional: true,
      neededBy: ({ by }) => by === "likelihood",
    }),
  },
  outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
  options: SelectFeedbackOptions,
  run: (inputs, options, ctx) => ({
    chunks: withSingles(
      {
        tokens: inputs.tokens,
        prompt: inputs.prompt,
        model: optional(inputs.model),
      },
      ({ tokens, prompt, model }, chunks): Observable<KvChunk> => {
        const document = documentBytes(tokens);
        const begin = (all: readonly KvChunk[]): ScoreNext => {
          const texts = all.map(({ chunk }) =>
            [chunk.index, textOfChunk(document, chunk)] as const
          );
          const query = new FeedbackQuery(
            prompt.question,
            new Map(texts),
            options,
          );
          return (chosen, left, signal) => {
            const sentence = query.follow(chosen.at(-1)!.chunk.index);
            return sentence !== undefined && options.by === "likelihood"
              ? logProbsBehind(left, sentence, model!, signal)
              : left.map(({ chunk }) => query.score(chunk.index));
          };
        };
        return chunks.pipe(
          chooseInRounds("select.feedback", options, ctx, begin),
        );
      },
      inputs.chunks,
    ),
  }),
});

/** Mean log P of a sentence's tokens behind every chunk; one at a time, so that a long document needs no more memory. */
async function logProbsBehind(
  chunks: readonly KvChunk[],
  sentence: string,
  model: LanguageModel,
  signal: AbortSignal,
): Promise<number[]> {
  const { ids, scored } = promptTail(model.tokenizer, "\n\n", sentence);
  const means: number[] = [];
  for (const { cache, entriesBefore } of chunks) {
    const items = [{ cache, position: entriesBefore }];
    const [said] = await model.requery(items, ids, signal);
    const rows = said!.logProbs.subarray(...scored); // [scored]
    means.push(rows.reduce((sum, logProb) => sum + logProb, 0) / rows.length);
  }
  return means;
}
