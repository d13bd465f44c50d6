import { z } from "zod";

/** How the next token is chosen. */
export const SamplerOptions = z.strictObject({
  temperature: z.number().min(0).default(0).describe(
    "0 takes the most likely token; higher is more random",
  ),
  topK: z.int().min(0).default(0).describe(
    "draw from the most likely tokens only; 0 is off",
  ),
  topP: z.number().gt(0).max(1).default(1).describe(
    "draw from the fewest tokens that together have this probability; 1 is off",
  ),
  minP: z.number().min(0).max(1).default(0).describe(
    "draw from tokens with at least this share of the best one's probability; 0 is off",
  ),
  repetitionPenalty: z.number().gt(0).default(1).describe(
    "divides positive logits of tokens already in the answer, multiplies negative ones; 1 is off",
  ),
});

/** Parsed {@linkcode SamplerOptions}. */
export type SamplerOptions = z.output<typeof SamplerOptions>;

/** A token that may be drawn. */
export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/** Chooses the next token. `random` gives numbers in [0, 1); it is not asked at temperature 0. */
export function sample(
  logits: Float32Array, // [vocab]
  options: SamplerOptions,
  random: () => number,
): number {
  if (options.temperature === 0) return argmax(logits);
  return draw(candidates(logits, options), random());
}

/** Id of the largest logit; of equal ones the smallest id. NaN is a `RangeError`. */
export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 0; id < logits.length; id++) {
    if (Number.isNaN(logits[id])) {
      throw new RangeError(`Logit of token ${id} is not a number`);
    }
    if (logits[id]! > logits[best]!) best = id;
  }
  return best;
}

/** A copy of the logits in which tokens already used are less likely (CTRL, arXiv 1909.05858). */
export function penalizeRepeats(
  logits: Float32Array, // [vocab]
  used: Iterable<number>,
  penalty: number,
): Float32Array {
  const penalized = logits.slice(); // [vocab]
  for (const id of new Set(used)) {
    const logit = logits[id]!;
    penalized[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return penalized;
}

/** A copy of the logits in which some tokens cannot be chosen. */
export function forbid(
  logits: Float32Array, // [vocab]
  ids: Iterable<number>,
): Float32Array {
  const allowed = logits.slice(); // [vocab]
  for (const id of ids) allowed[id] = -Infinity;
  return allowed;
}

/**
 * What may be drawn, most likely first: temperature, then top-k, top-p and min-p, in this order, each on what the
 * one before left; probabilities sum to 1.
 */
export function candidates(
  logits: Float32Array, // [vocab]
  { temperature, topK, topP, minP }: SamplerOptions,
): Candidate[] {
  const best = logits[argmax(logits)]!;
  const weights = logits.map((l) => Math.exp((l - best) / temperature)); // [vocab]
  let left = heaviest(weights, topK > 0 ? topK : weights.length);
  if (topP < 1) left = left.slice(0, nucleus(left, weights, topP));
  if (minP > 0) left = left.filter((id) => weights[id]! >= minP);
  const total = left.reduce((sum, id) => sum + weights[id]!, 0);
  return left.map((id) => ({ id, probability: weights[id]! / total }));
}

/** The candidate at `point` of [0, 1) when probabilities are laid end to end. */
export function draw(from: readonly Candidate[], point: number): number {
  let sum = 0;
  for (const { id, probability } of from) {
    sum += probability;
    if (point < sum) return id;
  }
  return from.at(-1)!.id;
}

/** The `count` ids of the largest weights above 0, heaviest first, of equal ones the smallest. */
function heaviest(weights: Float32Array, count: number): number[] {
  // Sorting plain numbers first is far cheaper than sorting the ids of a whole vocabulary.
  const least = count < weights.length ? weights.toSorted().at(-count)! : 0;
  const ids: number[] = [];
  for (const [id, weight] of weights.entries()) {
    if (weight > 0 && weight >= least) ids.push(id);
  }
  return ids.sort((a, b) => weights[b]! - weights[a]! || a - b).slice(0, count);
}

/** How many of the heaviest ids reach the share `topP` of all. */
function nucleus(
  ids: readonly number[],
  weights: Float32Array,
  topP: number,
): number {
  const total = ids.reduce((sum, id) => sum + weights[id]!, 0);
  let reached = 0;
  const last = ids.findIndex((id) => (reached += weights[id]!) >= topP * total);
  return last < 0 ? ids.length : last + 1;
}
