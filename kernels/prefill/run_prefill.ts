import { allocateCache } from "../cache/chunk_cache.ts";
import { chunkFeeds } from "./chunk_feeds.ts";
import { inGroups } from "./in_groups.ts";
import type { QuestionStats } from "../cache/kv_cache.ts";
import { land } from "./landing.ts";
import type { Prefilled, PrefillItem } from "../language_model.ts";
import { itemFactors } from "../rope/rope_factors.ts";
import type { Runtime } from "../model/runtime.ts";
import type { OutputCopy, WireTensor } from "../engine/protocol.ts";

/** Runs one micro-batch through `prefill`, or through `prefill-question` where items carry a tail. */
export function runPrefill(
  runtime: Runtime,
  batch: readonly PrefillItem[],
  signal?: AbortSignal,
): Promise<readonly Prefilled[]> {
  return inGroups(
    batch,
    (item) => itemFactors(runtime.config, item),
    (alike) => prefillAlike(runtime, alike, signal),
  );
}

async function prefillAlike(
  runtime: Runtime,
  batch: readonly PrefillItem[],
  signal?: AbortSignal,
): Promise<readonly Prefilled[]> {
  const { config, arena, place, pool } = runtime;
  const tail = tailLength(batch);
  const rows = Math.max(...batch.map((item) => item.ids.length + tail));
  const session = tail > 0 ? "prefill-question" : "prefill";
  const worker = await pool.session(session);
  signal?.throwIfAborted();
  const feeds = chunkFeeds(runtime, batch, rows);
  if (tail > 0) Object.assign(feeds, tailFeeds(batch, tail));
  const caches = batch.map((b) =>
    allocateCache(place?.stays ? undefined : arena, config, b)
  );
  const landing = land(runtime, worker, {
    caches,
    place: (b, l) => ({
      rows,
      first: batch[b]!.ids.length - caches[b]!.layers[l]!.entries,
    }),
    prefix: "",
  });
  const tailKeys = batch.map((item) => new TailKeys(runtime, item, tail));
  const fetch = tail > 0
    ? ["log_probs", ...tailKeys[0]!.layers.map((_, l) => `queries.${l}`)]
    : [];
  try {
    const outputs = await worker.send(
      {
        kind: "run",
        session,
        feeds,
        fetch,
        copies: [
          ...landing.wants.copies,
          ...tailKeys.flatMap((keys, b) => keys.copies(b, rows)),
        ],
        store: landing.wants.store,
      },
      Object.values(feeds).map((f) => f.data),
      signal,
    );
    const landed = await landing.finish(caches, signal);
    return landed.map((cache, b) =>
      tail === 0
        ? { cache }
        : { cache, question: stats(batch[b]!, tailKeys[b]!, outputs, b) }
    );
  } catch (cause) {
    // After an abort the worker may still write: such memory is left to the collector, not reused.
    if (!signal?.aborted) landing.discard();
    throw cause;
  }
}

/** Length of the tails, all the same. */
export function tailLength(batch: readonly PrefillItem[]): number {
  const tail = batch[0]?.tail?.length ?? 0;
  if (batch.some((item) => (item.tail?.length ?? 0) !== tail)) {
    throw new TypeError("The items of a batch must have tails of one length");
  }
  if (batch.some((item) => item.ids.length === 0)) {
    throw new RangeError("A chunk must hold at least one token");
  }
  return tail;
}

/** Inputs of the one-pass form: where the tail's rows are, and what they should have predicted. */
export function tailFeeds(
  batch: readonly PrefillItem[],
  tail: number,
): Record<string, WireTensor> {
  const rows = new BigInt64Array(batch.length * tail); // [batch, tail]
  const targets = new BigInt64Array(batch.length * (tail - 1)); // [batch, tail − 1]
  for (const [b, item] of batch.entries()) {
    for (let i = 0; i < tail; i++) {
      rows[b * tail + i] = BigInt(item.ids.length + i);
      if (i > 0) targets[b * (tail - 1) + i - 1] = BigInt(item.tail![i]!);
    }
  }
  return {
    tail_rows: { type: "int64", data: rows, dims: [batch.length, tail] },
    targets: { type: "int64", data: targets, dims: [batch.length, tail - 1] },
  };
}

/** The tail's own keys, copied from behind the chunk's in every layer. */
class TailKeys {
  readonly layers: readonly Float32Array[]; // layers × [kvHeads, tail, headDim]
  readonly #from: number;
  readonly #tail: number;
  readonly #runtime: Runtime;

  constructor(runtime: Runtime, item: PrefillItem, tail: number) {
    const { layers, kvHeads, headDim } = runtime.config;
    const size = kvHeads * tail * headDim;
    const buffer = new SharedArrayBuffer(tail > 0 ? layers * size * 4 : 0);
    this.layers = Array.from(
      { length: tail > 0 ? layers : 0 },
      (_, l) => new Float32Array(buffer, l * size * 4, size), // [kvHeads, tail, headDim]
    );
    this.#from = item.ids.length;
    this.#tail = tail;
    this.#runtime = runtime;
  }

  copies(item: number, rows: number): OutputCopy[] {
    const { kvHeads, headDim } = this.#runtime.config;
    const length = this.#tail * headDim;
    return this.layers.flatMap((keys, l) =>
      Array.from({ length: kvHeads }, (_, h): OutputCopy => ({
        output: `keys.${l}`,
        from: ((item * kvHeads + h) * rows + this.#from) * headDim,
        length,
        target: keys.subarray(h * length, (h + 1) * length), // [tail, headDim]
      }))
    );
  }
}

function stats(
  item: PrefillItem,
  tailKeys: TailKeys,
  outputs: Readonly<Record<string, WireTensor>>,
  b: number,
): QuestionStats {
  const tail = item.tail!.length;
  const slice = (name: string) => {
    const { data, dims } = outputs[name]!;
    const size = data.length / dims[0]!;
    return (data as Float32Array).slice(b * size, (b + 1) * size);
  };
  const logProbs = new Float32Array(tail).fill(NaN); // [tail]
  logProbs.set(slice("log_probs"), 1);
  return {
    ids: item.tail!,
    position: item.ids.length,
    logProbs,
    queries: tailKeys.layers.map((_, l) => slice(`queries.${l}`)), // layers × [heads, tail, headDim]
    keys: tailKeys.layers, // layers × [kvHeads, tail, headDim]
  };
}
