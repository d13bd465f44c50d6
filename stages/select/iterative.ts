import { whileParked } from "../../core/owned.ts";
import { single, stream } from "../../core/port.ts";
import { defineStage, type StageContext } from "../../core/stage.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { joinChunks } from "../merge.ts";
import { KvChunk, Model, Prompt } from "../types.ts";
import { withSingles } from "../with_singles.ts";
import { chooseInRounds, RoundsOptions } from "./in_rounds.ts";

/** Options of `select.iterative`. */
export const SelectIterativeOptions = RoundsOptions;

/**
 * Chooses chunks one after another: the first by its score, every other as the one with which the question is least
 * surprising behind the chunks chosen so far, argmin_c −log P(question | chosen ‖ c), joined as `merge` joins them.
 * Each round runs the question once over every chunk left, so time grows with chunks × n. All candidates' KV stays in
 * memory: put an evictor before it or bound `candidates`. Breaks where the chosen chunk alone already explains
 * the question's words: nothing then asks for the second hop (`select.feedback` does).
 */
export const selectIterative = defineStage({
  name: "select.iterative",
  summary: "Keeps n chunks, each scored with those chosen before it in context",
  inputs: {
    chunks: stream(KvChunk, { needs: ["score"] }),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { chunks: stream(KvChunk, { like: "chunks" }) },
  options: SelectIterativeOptions,
  stops: "only kept chunks are evicted",
  run: (inputs, options, ctx) => ({
    chunks: withSingles(
      { prompt: inputs.prompt, model: inputs.model },
      ({ prompt, model }, chunks) =>
        chunks.pipe(chooseInRounds(
          "select.iterative",
          options,
          ctx,
          () => async (chosen, left, signal) => {
            const scores: number[] = [];
            for (const chunk of left) {
              const held = [...chosen, ...left];
              const together = { chunks: [...chosen, chunk], held };
              const work = { prompt, model, ctx: { ...ctx, signal } };
              scores.push(await logProbBehind(together, work));
            }
            return scores;
          },
        )),
      inputs.chunks,
    ),
  }),
});

/** Mean log P of the question's tokens behind some chunks together. While memory for them is awaited, all held are parked. */
async function logProbBehind(
  { chunks, held }: {
    readonly chunks: readonly KvChunk[];
    readonly held: readonly KvChunk[];
  },
  { prompt, model, ctx }: {
    readonly prompt: Prompt;
    readonly model: LanguageModel;
    readonly ctx: StageContext;
  },
): Promise<number> {
  const { budget, node, signal } = ctx;
  const bytes = chunks.reduce((sum, { cache }) => sum + cache.bytes, 0);
  const wait = () => budget.lease(bytes, signal);
  using _lease = await whileParked(held, node, wait);
  const { cache, position } = await joinChunks(chunks, signal);
  try {
    const items = [{ cache, position }];
    const [asked] = await model.requery(items, prompt.tail, signal);
    const rows = asked!.logProbs.subarray(...prompt.scored); // [scored]
    return rows.reduce((sum, logProb) => sum + logProb, 0) / rows.length;
  } finally {
    cache.dispose?.();
  }
}
