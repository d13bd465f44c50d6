import type { KvCache, QuestionStats } from "../../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";

/** Attention of the question's last `rows` rows (of all where it has fewer), summed, or averaged where `mean` is set. */
export function lastRowsAttention(
  model: LanguageModel,
  cache: KvCache,
  question: QuestionStats,
  last: { readonly rows: number; readonly mean?: boolean },
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const total = question.ids.length;
  const used = Math.min(last.rows, total);
  const weights = new Float32Array(total); // [rows]
  weights.fill(last.mean ? 1 / used : 1, total - used);
  return model.attention(cache, question, weights, signal);
}
