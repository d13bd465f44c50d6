import type { Chunk, LanguageModel, RunNumbers } from "../../mod.ts";

/** Tokens a second that one prefill would reach, and where the figure comes from. */
export interface PrefillSpeed {
  readonly tokensPerSecond: number;
  readonly from: "assumed" | "measured";
}

/** Multiplications and additions a second and thread that are assumed of a processor of today. */
const ASSUMED = 100e9;

/** The speed by the model's arithmetic: two operations a weight and token, and attention over half a chunk. */
export function assumedSpeed(
  { config }: Pick<LanguageModel, "config">,
  { chunkEntries }: RunNumbers,
  threads: number,
): PrefillSpeed {
  const { layers, hidden, ffn, heads, kvHeads, headDim } = config;
  const weights = hidden * headDim * (2 * heads + 2 * kvHeads) +
    3 * hidden * ffn;
  const attention = 4 * heads * headDim * (chunkEntries / 2);
  const each = layers * (2 * weights + attention);
  return { tokensPerSecond: threads * ASSUMED / each, from: "assumed" };
}

/** The speed of one chunk, after another one that opens the session. */
export async function measuredSpeed(
  model: LanguageModel,
  chunk: Chunk,
  signal: AbortSignal,
): Promise<PrefillSpeed> {
  const ids = Int32Array.from([...chunk.lead, ...chunk.tokens]);
  let seconds = 0;
  for (let turn = 0; turn < 2; turn++) {
    const began = performance.now();
    const [prefilled] = await model.prefill([{ ids }], signal);
    seconds = (performance.now() - began) / 1000;
    prefilled?.cache.dispose?.();
  }
  return { tokensPerSecond: ids.length / seconds, from: "measured" };
}
