import { z } from "zod";
import type { StageContext } from "../core/stage.ts";
import { Utf8Stream } from "../io/files/utf8_stream.ts";
import type { DecodeState, LanguageModel } from "../kernels/language_model.ts";
import { meanEntries } from "./cache/new_cache.ts";
import { PointsAhead } from "./points_ahead.ts";
import { forbid, penalizeRepeats, sample, SamplerOptions } from "./sampler.ts";
import { seededRandom } from "./seeded_random.ts";
import { StopText } from "./stop_text.ts";
import type { Answer, MergedContext, Prompt } from "./types.ts";

/** Options of `decode`. */
export const DecodeOptions = SamplerOptions.extend({
  maxTokens: z.int().min(1).default(64).describe(
    "tokens of the answer at most",
  ),
  minTokens: z.int().min(0).default(1).describe(
    "tokens before a stop token may end the answer; 0 allows an empty answer",
  ),
  stop: z.array(z.string().min(1)).default([]).describe(
    "texts that end the answer, beside the prompt's and the model's own stop tokens",
  ),
  tail: z.strictObject({
    most: z.int().min(1).describe(
      "entries a KV head keeps of the answer's tokens; the question's all stay",
    ),
    evict: z.enum(["oldest", "attention"]).default("oldest").describe(
      "which one goes: the oldest, or what the newest token attends to least",
    ),
  }).optional().describe(
    "bounds what decoding holds of its own tokens; left out, it grows with the answer",
  ),
  seed: z.int().default(0).describe("the same seed gives the same draws"),
});

/** With what an answer is decoded. */
export interface DecodeWork {
  /** Released when decoding ends, however it ends. */
  readonly context: MergedContext;
  readonly prompt: Prompt;
  readonly model: LanguageModel;
  readonly ctx: StageContext;
  readonly signal: AbortSignal;
  /** Called with text as soon as it is certain; never cuts a character. */
  onText(text: string): void;
  /** Called with what every token is chosen from, the stop token's too; decoding then goes step by step. */
  onLogits?(logits: Float32Array): void; // [vocab]
}

/** Runs the question over the context, then one token at a time, until a stop token, a stop string or the length. */
export async function decodeAnswer(
  work: DecodeWork,
  options: z.output<typeof DecodeOptions>,
): Promise<Answer> {
  const { context, prompt, model, signal } = work;
  try {
    const writer = new AnswerWriter(work, options);
    const limit = lengthLimit(work, options.maxTokens);
    await using state = await model.decode(
      context.cache,
      context.position,
      options.tail,
      inGraph(work, options) ? "sampled" : "greedy",
    );
    const left = () => writer.finished ? 0 : limit - writer.ids.length;
    let ids = prompt.tail; // [rows]
    while (left() > 0) {
      signal.throwIfAborted();
      const logits = await state.step(ids, signal); // [vocab]
      work.onLogits?.(logits);
      ids = Int32Array.of(writer.choose(logits)); // [1]
      if (work.onLogits) continue;
      for (let burst = BURST; writer.goesOnAlone(state) && left() > 0;) {
        const count = Math.min(left(), burst);
        const start = performance.now();
        const next = await writer.goOn(state, ids[0]!, count); // [count]
        const each = (performance.now() - start) / count;
        burst = Math.min(Math.max(Math.floor(PATIENCE / each), 1), 2 * burst);
        for (const id of next) if (left() > 0) writer.follow(id);
        ids = next.slice(-1); // [1]
      }
    }
    return writer.answer();
  } finally {
    context.release();
  }
}

/** Tokens that are decoded at first before it is looked whether the answer has ended. */
const BURST = 16;
/** Milliseconds that a text may wait for those behind it: so many tokens are decoded then. */
const PATIENCE = 100;

/** Tokens the answer may have. A context inside the window ends with it; one that is already past it is only warned about. */
function lengthLimit(
  { context, prompt, model, ctx }: DecodeWork,
  maxTokens: number,
): number {
  const room = model.config.window - context.position - prompt.tail.length + 1;
  if (room >= 1) return Math.min(maxTokens, room);
  ctx.emit({
    type: "warning",
    message: `Context and question end at position ${
      context.position + prompt.tail.length
    }, the model's window is ${model.config.window}: expect a poor answer`,
  });
  return maxTokens;
}

/** Whether tokens are drawn by a rule that steps of a model can follow: one that asks for nothing but the logits. */
function inGraph(
  { onLogits }: DecodeWork,
  { temperature, repetitionPenalty }: SamplerOptions,
): boolean {
  return temperature > 0 && repetitionPenalty === 1 && !onLogits;
}

/** Turns logits into ids and ids into text. */
class AnswerWriter {
  readonly ids: number[] = [];
  finished = false;
  #text = "";
  readonly #points: PointsAhead;
  readonly #stop: StopText;
  readonly #bytes = new Utf8Stream();

  constructor(
    readonly work: DecodeWork,
    readonly options: z.output<typeof DecodeOptions>,
  ) {
    this.#points = new PointsAhead(seededRandom(options.seed));
    this.#stop = new StopText([...work.prompt.stop, ...options.stop]);
  }

  /** Whether a model can choose the next tokens, without anything being done to their logits. */
  goesOnAlone(state: DecodeState): boolean {
    const { temperature, repetitionPenalty, minTokens } = this.options;
    const can = temperature === 0 ? state.greedy : state.sampled;
    return can !== undefined && repetitionPenalty === 1 &&
      this.ids.length >= minTokens;
  }

  /** The tokens that a model chooses behind `last`. */
  goOn(state: DecodeState, last: number, count: number): Promise<Int32Array> { // [count]
    const { work: { signal }, options } = this;
    if (options.temperature === 0) return state.greedy!(last, count, signal);
    const points = this.#points.ahead(count); // [count]
    return state.sampled!(last, { ...options, points }, signal);
  }

  /** Takes a token that a model chose as the next one and writes its text. */
  follow(id: number): void {
    if (this.options.temperature > 0) this.#points.next(); // at which it was drawn
    this.take(id);
  }

  /** Chooses the next token and writes its text. */
  choose(logits: Float32Array): number {
    const { stopIds } = this.work.model.config;
    const { repetitionPenalty, minTokens } = this.options;
    if (repetitionPenalty !== 1) {
      logits = penalizeRepeats(logits, this.ids, repetitionPenalty); // [vocab]
    }
    if (this.ids.length < minTokens) logits = forbid(logits, stopIds); // [vocab]
    return this.take(sample(logits, this.options, () => this.#points.next()));
  }

  /** Takes a token as the next one and writes its text. */
  take(id: number): number {
    const { model, ctx } = this.work;
    const { maxTokens } = this.options;
    if (model.config.stopIds.includes(id)) {
      this.finished = true;
      return id;
    }
    this.ids.push(id);
    ctx.emit({
      type: "progress",
      unit: "tokens",
      done: this.ids.length,
      total: maxTokens,
    });
    const bytes = model.tokenizer.tokenBytes(id);
    this.#write(
      this.#stop.push(this.#bytes.push(bytes)),
    );
    this.finished = this.#stop.stopped;
    return id;
  }

  /** The whole answer, once decoding has ended; writes what was held back. */
  answer(): Answer {
    const { context, model } = this.work;
    if (!this.#stop.stopped) {
      this.#write(this.#stop.push(this.#bytes.flush()) + this.#stop.flush());
    }
    return {
      answer: this.#text,
      finish: this.finished ? "stop" : "length",
      tokens: this.ids.length,
      kept: context.kept,
      contextTokens: meanEntries(context.cache),
      chunks: context.chunks,
      ...(context.read !== undefined && { read: context.read }),
      provider: model.provider,
    };
  }

  #write(text: string): void {
    if (text === "") return;
    this.#text += text;
    this.work.ctx.emit({ type: "token", text });
    this.work.onText(text);
  }
}
