import type { LanguageModel } from "../../../kernels/language_model.ts";
import type { Prompt } from "../../types.ts";

/**
 * The need `prior`: log P of the tail's tokens without any document, behind the lead (BOS, template head) alone.
 * The first is NaN, as in `QuestionStats`. No lead is a `RangeError`: nothing would predict the first token.
 */
export async function questionPrior(
  model: LanguageModel,
  { lead, tail }: Pick<Prompt, "lead" | "tail">,
  signal: AbortSignal,
): Promise<Float32Array> { // [rows]
  if (lead.length === 0) {
    throw new RangeError(
      "The model begins no text with a token of its own, so the question has no probability without context; score without a prior",
    );
  }
  const [alone] = await model.prefill([{ ids: lead }], signal);
  const { cache } = alone!;
  try {
    const position = lead.length;
    const [asked] = await model.requery([{ cache, position }], tail, signal);
    return asked!.logProbs;
  } finally {
    cache.dispose?.();
  }
}
