import type { LanguageModel } from "../../kernels/language_model.ts";

/** Sum of log P of every id but the first two, each given those before it; one pass. */
export async function windowLogProb(
  model: LanguageModel,
  ids: Int32Array, // [window]
): Promise<number> {
  const item = { ids: ids.slice(0, 1), tail: ids.slice(1) };
  const [prefilled] = await model.prefill([item]);
  const { cache, question } = prefilled!;
  cache.dispose?.();
  // The first of the tail is predicted by the row before it, which this form does not score.
  let sum = 0;
  for (const p of question!.logProbs.subarray(1)) sum += p;
  return sum;
}
