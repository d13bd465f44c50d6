import type { z } from "zod";
import type { Tokenizer } from "../io/tokenizer/tokenizer.ts";
import type { DecodeState, LanguageModel } from "../kernels/language_model.ts";
import type { OnnxModel } from "../kernels/model/onnx_model.ts";
import { noise, smallConfig } from "../kernels/model/random_model.ts";
import { type Candidate, candidates, forbid } from "../stages/sampler.ts";
import { seededRandom } from "../stages/seeded_random.ts";
import { decodeAnswer, DecodeOptions } from "../stages/decode_answer.ts";
import type { Answer, MergedContext } from "../stages/types.ts";
import { engineModel } from "./kernels/engine_model.ts";
import { testContext } from "./stages/stage_context.ts";

/** A random model of so many tokens, of which every `every`th ends an answer; steps can stay where it computes. */
export async function drawingModel(
  provider: "cpu" | "cuda",
  vocab: number,
  every: number,
): Promise<OnnxModel> {
  const stopIds = Array.from(
    { length: Math.floor(vocab / every) },
    (_, i) => (i + 1) * every - 1,
  );
  const config = { ...smallConfig, vocab, window: 4096, stopIds };
  const accuracy = provider === "cuda" ? "half" : "exact";
  return await engineModel("c", accuracy, config, { provider, tokenizer });
}

/** Text that names every token. */
const tokenizer = {
  tokenBytes: (id: number) => new TextEncoder().encode(`${id} `),
} as unknown as Tokenizer;

/** Rules under which answers are drawn. */
export const drawingRules: readonly z.input<typeof DecodeOptions>[] = [
  { temperature: 1 },
  { temperature: 0.5, minTokens: 9 },
  { temperature: 2, topK: 20 },
  { temperature: 1.5, topP: 0.7 },
  { temperature: 1.5, minP: 0.1 },
  { temperature: 1.2, topK: 100, topP: 0.9, minP: 0.02 },
];

/** An answer, and how it came about. */
export interface Drawn {
  readonly answer: Answer;
  /** Tokens that the model was asked for at once, one call after the other. */
  readonly bursts: readonly number[];
}

/** Random ids, and a cache of the first 300. */
async function readText(model: LanguageModel) {
  const { vocab } = model.config;
  const ids = Int32Array.from(noise(320, 5), (v) => (v + 1) / 2 * vocab);
  const [prefilled] = await model.prefill([{ ids: ids.slice(0, 300) }]);
  return { ids, cache: prefilled!.cache };
}

/**
 * How far the points at which an answer's tokens were drawn lie from where those tokens lie, as the same session's
 * logits have it one token a call: of every token the distance in probability, 0 inside.
 */
export async function missedPoints(
  model: LanguageModel,
  options: z.input<typeof DecodeOptions>,
  tokens: readonly number[],
): Promise<number[]> {
  const parsed = DecodeOptions.parse(options);
  const random = seededRandom(parsed.seed);
  const { ids, cache } = await readText(model);
  await using state = await model.decode(cache, 300, undefined, "sampled");
  const missed: number[] = [];
  let logits = await state.step(ids.slice(300)); // [vocab]
  for (const [i, token] of tokens.entries()) {
    const stops = i < parsed.minTokens ? model.config.stopIds : [];
    missed.push(
      missedBy(candidates(forbid(logits, stops), parsed), token, random()),
    );
    logits = await state.step(Int32Array.of(token)); // [vocab]
  }
  cache.dispose?.();
  return missed;
}

/**
 * How far a point lies from the token when probabilities are laid end to end; a token that may not be drawn lies at the
 * end. Where some may not, rounding may let three more or fewer of the least likely in, which moves all others.
 */
function missedBy(
  from: readonly Candidate[],
  token: number,
  point: number,
): number {
  const at = from.findIndex(({ id }) => id === token);
  const before = at < 0 ? from : from.slice(0, at);
  const low = before.reduce((sum, { probability }) => sum + probability, 0);
  const high = low + (from[at]?.probability ?? 0);
  const border = 3 * (from.at(-1)?.probability ?? 0);
  return Math.max(low - point - border, point - high - border, 0);
}

/**
 * An answer over a cache of 300 entries. `calls`: by steps where the model can; from the same session's logits, or from
 * those of the session that answers greedily, one token a call.
 */
export async function drawnAnswer(
  model: LanguageModel,
  options: z.input<typeof DecodeOptions>,
  calls: "steps" | "same session" | "greedy session",
): Promise<Drawn> {
  const { ids, cache } = await readText(model);
  const bursts: number[] = [];
  const decode: LanguageModel["decode"] = async (
    cache,
    position,
    limit,
    choice,
  ) => {
    const asked = calls === "greedy session" ? "greedy" : choice;
    const state = await model.decode(cache, position, limit, asked);
    const seen: DecodeState = {
      step: (ids, signal) => state.step(ids, signal),
      [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
    };
    if (calls === "steps" && state.sampled) {
      seen.sampled = (last, draws, signal) => {
        bursts.push(draws.points.length);
        return state.sampled!(last, draws, signal);
      };
    }
    return seen;
  };
  const context: MergedContext = {
    cache,
    position: 300,
    kept: [],
    chunks: 1,
    retain: () => {},
    release: () => cache.dispose?.(),
  };
  const { config, provider } = model;
  const ctx = testContext();
  const answer = await decodeAnswer({
    context,
    prompt: {
      question: "",
      lead: new Int32Array(0),
      tail: ids.slice(300),
      scored: [0, 20],
      stop: [],
    },
    model: { config, provider, tokenizer, decode } as LanguageModel,
    ctx,
    signal: ctx.signal,
    onText: () => {},
  }, DecodeOptions.parse(options));
  return { answer, bursts };
}
