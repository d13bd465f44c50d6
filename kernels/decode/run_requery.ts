import { batchFeeds, cacheFeeds } from "../cache/cache_feeds.ts";
import { decodeName } from "../cache/cache_form.ts";
import { inGroups } from "../prefill/in_groups.ts";
import { requireFloats } from "../cache/int8_cache.ts";
import type { QuestionStats } from "../cache/kv_cache.ts";
import type { RequeryItem } from "../language_model.ts";
import { cacheFactors } from "../rope/rope_factors.ts";
import { residenceIn } from "../cache/resident_cache.ts";
import type { Runtime } from "../model/runtime.ts";
import { emptyTail, movable, rowFeeds } from "./row_feeds.ts";

/** Runs the tail's rows over a batch of held caches in the `decode` session; resident ones go in one by one. */
export async function runRequery(
  runtime: Runtime,
  items: readonly RequeryItem[],
  tail: Int32Array, // [rows]
  signal?: AbortSignal,
): Promise<QuestionStats[]> {
  const stay = runtime.place?.stays || items.some((i) => i.cache.resident);
  if (stay && items.length > 1) {
    const each = items.map((item) => runRequery(runtime, [item], tail, signal));
    return (await Promise.all(each)).flat();
  }
  const { onePosition } = runtime.pool.model.graphs;
  const { config } = runtime;
  return inGroups(
    items,
    (item) =>
      `${cacheFactors(config, item)} ${onePosition ? item.position : ""}`,
    (group) => askTogether(runtime, group, tail, signal),
  );
}

async function askTogether(
  runtime: Runtime,
  items: readonly RequeryItem[],
  tail: Int32Array, // [rows]
  signal?: AbortSignal,
): Promise<QuestionStats[]> {
  const { config: { layers }, place } = runtime;
  const caches = items.map(({ cache }) => cache);
  caches.forEach(requireFloats);
  const session = decodeName(caches);
  const worker = await runtime.pool.session(session);
  signal?.throwIfAborted();
  using held = await place?.hold(caches[0]!, worker, signal);
  const residence = held && residenceIn(held, worker);
  const predicting = Array.from({ length: tail.length - 1 }, (_, i) => i);
  const rows = rowFeeds(runtime, {
    ids: tail,
    positions: items.map(({ position }) => position),
    factors: cacheFactors(runtime.config, items[0]!),
    before: 0,
    headRows: predicting,
    targets: predicting.map((i) => tail[i + 1]!),
  });
  const names = (name: string) =>
    Array.from({ length: layers }, (_, l) => `${name}.${l}`);
  const outputs = await worker.send(
    {
      kind: "run",
      session,
      feeds: {
        ...rows,
        ...(residence
          ? { ...cacheFeeds(held, runtime.config), ...residence.feeds() }
          : batchFeeds(caches, runtime.config)),
        ...emptyTail(runtime, items.length),
      },
      fetch: ["log_probs", ...names("queries"), ...names("next_keys")],
      copies: [],
      store: {},
    },
    movable(rows),
    signal,
  );
  return items.map((_, b) => {
    const slice = (name: string) => {
      const data = outputs[name]!.data as Float32Array;
      const size = data.length / items.length;
      return data.slice(b * size, (b + 1) * size);
    };
    const logProbs = new Float32Array(tail.length).fill(NaN); // [rows]
    logProbs.set(slice("log_probs"), 1);
    return {
      ids: tail,
      position: items[b]!.position,
      logProbs,
      queries: names("queries").map(slice), // layers × [heads, rows, headDim]
      keys: names("next_keys").map(slice), // layers × [kvHeads, rows, headDim]
    };
  });
}
