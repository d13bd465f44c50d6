import type {
  KvCache,
  QuestionStats,
} from "../../../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../../../kernels/language_model.ts";

/**
 * The need `attention`: what the question's own rows pay to every entry of the chunk, the mean over those rows. The
 * softmax runs over the chunk's entries and the rows before in the tail; a row's mass on the chunk is at most 1.
 */
export function questionAttention(
  model: LanguageModel,
  cache: KvCache,
  question: QuestionStats,
  [from, to]: readonly [from: number, to: number],
  signal: AbortSignal,
): Promise<readonly Float32Array[]> { // layers × [heads, entries]
  const weights = new Float32Array(question.ids.length); // [rows]
  weights.fill(1 / (to - from), from, to);
  return model.attention(cache, question, weights, signal);
}
