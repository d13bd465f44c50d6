import { requireFloats } from "./int8_cache.ts";
import type { KvCache, QuestionStats } from "./kv_cache.ts";
import type { Runtime } from "./runtime.ts";
import { entryBias, tailBias } from "./tail_bias.ts";
import { temperedEntries, temperingFeeds } from "./tempering_feeds.ts";

/** Runs the `mass` session layer by layer; the requests wait in the worker's queue, not on one another. */
export async function attentionMass(
  runtime: Runtime,
  cache: KvCache,
  question: QuestionStats,
  weights: Float32Array, // [rows]
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const { heads, kvHeads, headDim } = runtime.config;
  const rows = question.ids.length;
  if (weights.length !== rows) {
    throw new TypeError(
      `Got ${weights.length} row weights for a question of ${rows} rows`,
    );
  }
  requireFloats(cache);
  const session = cache.tempering ? "mass-tempered" : "mass";
  const worker = await runtime.pool.session(session);
  const group = heads / kvHeads;
  const bias = tailBias(group, rows, 0);
  return await Promise.all(cache.layers.map(async (layer, l) => {
    const { entries, keys } = layer;
    const outputs = await worker.send(
      {
        kind: "run",
        session,
        feeds: {
          queries: {
            type: "float32",
            data: question.queries[l]!,
            dims: [kvHeads, group * rows, headDim],
          },
          keys: {
            type: "float32",
            data: keys,
            dims: [kvHeads, entries, headDim],
          },
          bias: {
            type: "float32",
            data: entryBias(kvHeads, layer),
            dims: [kvHeads, 1, entries],
          },
          tail_keys: {
            type: "float32",
            data: question.keys[l]!,
            dims: [kvHeads, rows, headDim],
          },
          tail_bias: {
            type: "float32",
            data: bias,
            dims: [1, group * rows, rows],
          },
          weights: { type: "float32", data: weights, dims: [1, 1, rows] },
          ...(cache.tempering && {
            ...temperingFeeds([cache], [1, 1, 1]),
            tempered: {
              type: "float32" as const,
              data: temperedEntries(cache, layer),
              dims: [kvHeads, 1, entries],
            },
          }),
        },
        fetch: ["mass"],
        copies: [],
        store: {},
      },
      [],
      signal,
    );
    return outputs.mass!.data as Float32Array; // [heads, entries]
  }));
}
