import { map, ReplaySubject, share } from "rxjs";
import { z } from "zod";
import { single, stream } from "../core/port.ts";
import { abortable, defineStage, type StageContext } from "../core/stage.ts";
import type { LanguageModel } from "../kernels/language_model.ts";
import { meanEntries } from "./cache/new_cache.ts";
import { Answer, MergedContext, Model, Piece, Prompt } from "./types.ts";
import { withSingles } from "./with_singles.ts";

/** Options of `decode.given`. */
export const DecodeGivenOptions = z.strictObject({
  text: z.string().min(1).describe(
    "what is to be measured; it follows the prompt as it is, a blank at its start included",
  ),
});

/**
 * Takes a text for the answer and measures it: `nll` of the answer is the mean negative log-likelihood of the text's
 * tokens, each given all before it, in nats. Its exponential is the perplexity of the text after context and question.
 */
export const decodeGiven = defineStage({
  name: "decode.given",
  summary: "Measures a given answer: the mean NLL of its tokens",
  inputs: {
    context: single(MergedContext),
    prompt: single(Prompt),
    model: single(Model),
  },
  outputs: { text: stream(Piece), answer: single(Answer) },
  options: DecodeGivenOptions,
  run: (inputs, { text }, ctx) => {
    const answer = withSingles(
      inputs,
      (given) => abortable((signal) => measure(text, given, ctx, signal)),
    ).pipe(share({
      connector: () => new ReplaySubject<Answer>(),
      resetOnComplete: false,
      resetOnError: false,
    }));
    return { text: answer.pipe(map(({ answer }) => answer)), answer };
  },
});

/** Over what a text is measured. */
interface Given {
  /** Released at the end, whatever it is. */
  readonly context: MergedContext;
  readonly prompt: Prompt;
  readonly model: LanguageModel;
}

async function measure(
  text: string,
  given: Given,
  ctx: StageContext,
  signal: AbortSignal,
): Promise<Answer> {
  const { context, prompt, model } = given;
  try {
    const ids = model.tokenizer.encode(text); // [tokens]
    const end = context.position + prompt.tail.length + ids.length;
    if (end > model.config.window) {
      ctx.emit({
        type: "warning",
        message:
          `Context, question and text end at position ${end}, the model's window is ${model.config.window}`,
      });
    }
    const logProbs = context.cache.layers.some(({ int8 }) => int8)
      ? await stepByStep(ids, given, signal)
      : await atOnce(ids, given, signal); // [tokens]
    const nll = -logProbs.reduce((sum, p) => sum + p, 0) / ids.length;
    if (!Number.isFinite(nll)) {
      throw new RangeError(`The text's NLL is '${nll}', not a finite number`);
    }
    return {
      answer: text,
      finish: "length",
      tokens: ids.length,
      nll,
      kept: context.kept,
      contextTokens: meanEntries(context.cache),
      chunks: context.chunks,
      ...(context.read !== undefined && { read: context.read }),
      provider: model.provider,
    };
  } finally {
    context.release();
  }
}

/** log P of every id behind the prompt, by one pass over all rows. */
async function atOnce(
  ids: Int32Array, // [tokens]
  { context: { cache, position }, prompt, model }: Given,
  signal: AbortSignal,
): Promise<Float32Array> { // [tokens]
  const rows = Int32Array.from([...prompt.tail, ...ids]); // [tail + tokens]
  const [asked] = await model.requery([{ cache, position }], rows, signal);
  return asked!.logProbs.subarray(prompt.tail.length);
}

/** The same by decoding, for caches that only decoding reads. */
async function stepByStep(
  ids: Int32Array, // [tokens]
  { context: { cache, position }, prompt, model }: Given,
  signal: AbortSignal,
): Promise<Float32Array> { // [tokens]
  await using state = await model.decode(cache, position);
  const logProbs = new Float32Array(ids.length); // [tokens]
  let rows = prompt.tail; // [rows]
  for (const [i, id] of ids.entries()) {
    const logits = await state.step(rows, signal); // [vocab]
    const most = logits.reduce((a, b) => Math.max(a, b));
    const sum = logits.reduce((sum, x) => sum + Math.exp(x - most), 0);
    logProbs[i] = logits[id]! - most - Math.log(sum);
    rows = Int32Array.of(id); // [1]
  }
  return logProbs;
}
