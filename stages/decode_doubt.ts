import { map, of, ReplaySubject, share, switchMap } from "rxjs";
import { z } from "zod";
import { release, retain } from "../core/owned.ts";
import { owning } from "../core/owning.ts";
import { single, stream } from "../core/port.ts";
import { defineStage, type StageContext } from "../core/stage.ts";
import type { LanguageModel } from "../kernels/language_model.ts";
import { decodeAnswer, DecodeOptions } from "./decode_answer.ts";
import { entropy } from "./entropy.ts";
import { mergeChunks } from "./merge.ts";
import { gatherBest, KeepOption, sayOf } from "./select/best_chunks.ts";
import {
  Answer,
  type AnswerAttempt,
  KvChunk,
  Model,
  Piece,
  Prompt,
} from "./types.ts";
import { withSingles } from "./with_singles.ts";

/** Options of `decode.doubt`. */
export const DecodeDoubtOptions = DecodeOptions.extend({
  first: z.int().min(1).default(1).describe(
    "chunks, the best by score, that the first answer stands on",
  ),
  more: z.int().min(1).default(2).describe(
    "chunks, the next best, that doubt brings back",
  ),
  times: z.int().min(0).default(1).describe(
    "how often at most; first + more x times chunks are held",
  ),
  above: z.number().min(0).default(0.2).describe(
    "mean entropy of the answer's tokens, in nats, above which it is doubted",
  ),
  give: z.enum(["surest", "last"]).default("surest").describe(
    "which of several answers is given: that of the lowest entropy, or the last",
  ),
  keep: KeepOption,
});

/**
 * Asks the question over the best chunks, joined as `merge` joins them; while the answer is in doubt, by the mean
 * entropy of what its tokens were chosen from, the next best chunks are brought back and it is asked again. Chunks
 * that can come back are held, and their memory with them; every other is released as it loses. The text comes when
 * the answer is decided. `Answer.attempts` lists all answers. It sees every token's logits, so nothing is decoded in
 * bursts.
 *
 * It breaks where a model is sure of wrong answers, and where a right answer is followed by text that is hard to
 * guess: let it stop, or keep `maxTokens` short.
 */
export const decodeDoubt = defineStage({
  name: "decode.doubt",
  summary: "The answer; while it is in doubt, asked again over more chunks",
  inputs: {
    chunks: stream(KvChunk, { needs: ["score"] }),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { text: stream(Piece), answer: single(Answer) },
  options: DecodeDoubtOptions,
  run: (inputs, options, ctx) => {
    const { first, more, times, keep } = options;
    const limit = first + more * times;
    // Both outputs read one decoding; the replay lets the second subscribe late without running it again.
    const answer = withSingles(
      { prompt: inputs.prompt, model: inputs.model },
      ({ prompt, model }, chunks) =>
        chunks.pipe(
          gatherBest({ limit, keep, stage: "decode.doubt" }, ctx),
          owning(ctx.node, 1, (best, signal) =>
            answerInDoubt(best, options, {
              prompt,
              model,
              ctx: { ...ctx, signal },
            })),
        ),
      inputs.chunks,
    ).pipe(share({
      connector: () => new ReplaySubject<Answer>(),
      resetOnComplete: false,
      resetOnError: false,
    }));
    return {
      text: answer.pipe(
        map((said) => said.answer),
        switchMap((text) => text === "" ? [] : of(text)),
      ),
      answer,
    };
  },
});

/** With what is answered. */
interface Work {
  readonly prompt: Prompt;
  readonly model: LanguageModel;
  readonly ctx: StageContext;
}

/** Answers over more and more of the chunks, which it releases when it succeeds. */
async function answerInDoubt(
  best: readonly KvChunk[], // the best first
  options: z.output<typeof DecodeDoubtOptions>,
  work: Work,
): Promise<Answer> {
  const { first, more, above, give } = options;
  if (best.length === 0) {
    throw new RangeError("No chunk reached decode.doubt; keep at least one");
  }
  const tries: { readonly said: Answer; readonly entropy: number }[] = [];
  for (let count = first;; count += more) {
    const one = await answerOver(best.slice(0, count), best, options, work);
    tries.push(one);
    if (one.entropy <= above || count >= best.length) break;
  }
  const { said } = give === "last" ? tries.at(-1)! : tries.reduce(
    (surest, one) => one.entropy < surest.entropy ? one : surest,
  );
  const { ctx } = work;
  const used = new Set(said.kept.map(({ chunk }) => chunk));
  for (const chunk of best.toSorted((a, b) => a.chunk.index - b.chunk.index)) {
    sayOf(used.has(chunk.chunk.index) ? "kept" : "dropped", chunk, ctx);
  }
  if (said.answer !== "") ctx.emit({ type: "token", text: said.answer });
  release(best);
  return { ...said, attempts: tries.map(attemptOf) };
}

/** Answers over some of the chunks that are held, and leaves them as they are. */
async function answerOver(
  chunks: readonly KvChunk[],
  held: readonly KvChunk[],
  options: z.output<typeof DecodeDoubtOptions>,
  { prompt, model, ctx }: Work,
): Promise<{ readonly said: Answer; readonly entropy: number }> {
  retain(chunks);
  const context = await mergeChunks(chunks, ctx, held, model).catch((error) => {
    release(chunks);
    throw error;
  });
  const entropies: number[] = [];
  const said = await decodeAnswer({
    context,
    prompt,
    model,
    ctx: { ...ctx, emit: (event) => event.type !== "token" && ctx.emit(event) },
    signal: ctx.signal,
    onText: () => {}, // another answer may take its place
    onLogits: (logits) => entropies.push(entropy(logits)),
  }, options);
  const sum = entropies.reduce((a, b) => a + b, 0);
  return { said, entropy: sum / Math.max(1, entropies.length) };
}

function attemptOf(
  { said, entropy }: { readonly said: Answer; readonly entropy: number },
): AnswerAttempt {
  const chunks = said.kept.map(({ chunk }) => chunk);
  return { answer: said.answer, chunks, entropy };
}
