import { cacheFeeds } from "./cache_feeds.ts";
import type { KvCache, QuestionStats } from "./kv_cache.ts";
import type { Runtime } from "./onnx_model.ts";
import { emptyTail, movable, rowFeeds } from "./row_feeds.ts";

/** Runs the tail's rows over a held cache in the `decode` session. */
export async function runRequery(
  runtime: Runtime,
  cache: KvCache,
  tail: Int32Array, // [rows]
  position: number,
  signal?: AbortSignal,
): Promise<QuestionStats> {
  const layers = runtime.config.layers;
  const worker = await runtime.pool.session("decode");
  signal?.throwIfAborted();
  const predicting = Array.from({ length: tail.length - 1 }, (_, i) => i);
  const rows = rowFeeds(runtime, {
    ids: tail,
    position,
    before: 0,
    headRows: predicting,
    targets: predicting.map((i) => tail[i + 1]!),
  });
  const names = (name: string) =>
    Array.from({ length: layers }, (_, l) => `${name}.${l}`);
  const outputs = await worker.send(
    {
      kind: "run",
      session: "decode",
      feeds: { ...rows, ...cacheFeeds(cache), ...emptyTail(runtime) },
      fetch: ["log_probs", ...names("queries"), ...names("next_keys")],
      copies: [],
      store: {},
    },
    movable(rows),
    signal,
  );
  const fetched = (name: string) => outputs[name]!.data as Float32Array;
  const logProbs = new Float32Array(tail.length).fill(NaN); // [rows]
  logProbs.set(fetched("log_probs"), 1);
  return {
    ids: tail,
    logProbs,
    queries: names("queries").map(fetched), // layers × [heads, rows, headDim]
    keys: names("next_keys").map(fetched), // layers × [kvHeads, rows, headDim]
  };
}
