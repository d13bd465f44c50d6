import { type Accuracy, loadModel } from "../../mod.ts";

/** How chunks are prefilled. */
export interface PrefillSetting {
  readonly accuracy: Accuracy;
  readonly workers: number;
  /** Of all workers together. */
  readonly threads: number;
  /** Chunks in one call. */
  readonly batch: number;
  /** Tokens of a chunk. */
  readonly length: number;
}

/** Tokens a second of a setting on the processor: the best of some rounds, in each of which every worker has a call; one round is to open sessions. */
export async function measurePrefill(
  path: string,
  setting: PrefillSetting,
  { rounds, signal }: {
    readonly rounds: number;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { accuracy, workers, threads, batch, length } = setting;
  const options = { accuracy, workers, threads, provider: "cpu" } as const;
  await using model = await loadModel(path, options);
  const items = Array.from({ length: batch }, (_, b) => ({
    ids: Int32Array.from(
      { length },
      (_, i) => (i * 7919 + b * 104_729) % model.config.vocab,
    ), // [tokens]
  }));
  let best = 0;
  for (let round = -1; round < rounds; round++) {
    const began = performance.now();
    const calls = Array.from(
      { length: workers },
      () => model.prefill(items, signal),
    );
    for (const prefilled of await Promise.all(calls)) {
      for (const { cache } of prefilled) cache.dispose?.();
    }
    const seconds = (performance.now() - began) / 1000;
    if (round < 0) continue;
    best = Math.max(best, workers * batch * length / seconds);
  }
  return best;
}
