import type { ModelConfig } from "../../io/model_config.ts";
import { requireFloats } from "../cache/int8_cache.ts";
import type { KvCache, KvLayer, QuestionStats } from "../cache/kv_cache.ts";
import { layerKind } from "../layers/layer_kind.ts";
import { massName } from "./mass_form.ts";
import type { WireTensor } from "../engine/protocol.ts";
import type { Runtime } from "../model/runtime.ts";
import { entryBias, tailBias } from "../attention/tail_bias.ts";
import { temperedEntries, temperingFeeds } from "../cache/tempering_feeds.ts";

/** Runs the `mass` session layer by layer; the requests wait in the worker's queue, not on one another. */
export async function attentionMass(
  runtime: Runtime,
  cache: KvCache,
  question: QuestionStats,
  weights: Float32Array, // [rows]
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const { config } = runtime;
  const { heads, kvHeads, headDim } = config;
  const rows = question.ids.length;
  if (weights.length !== rows) {
    throw new TypeError(
      `Got ${weights.length} row weights for a question of ${rows} rows`,
    );
  }
  requireFloats(cache);
  const group = heads / kvHeads;
  // In a layer with a sliding window too: a row that no longer sees the question's first sees no entry either.
  const bias = tailBias(group, rows, 0);
  return await Promise.all(cache.layers.map(async (layer, l) => {
    const { entries, keys } = layer;
    const { sliding } = layerKind(config, l);
    const form = {
      tempered: cache.tempering !== undefined,
      sliding: sliding !== undefined,
    };
    const session = massName(form);
    const worker = await runtime.pool.session(session);
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
          ...(sliding !== undefined &&
            slidingFeeds(layer, question, sliding, config)),
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

/** Where entries lie, and up to where the question's rows see nothing. */
function slidingFeeds(
  { entries, positions }: KvLayer,
  { ids, position }: QuestionStats,
  sliding: number,
  { heads, kvHeads }: ModelConfig,
): Record<string, WireTensor> {
  if (position === undefined) {
    throw new TypeError(
      "The model has layers with a sliding window: the question must say its position",
    );
  }
  const rows = heads / kvHeads * ids.length;
  const oldest = Int32Array.from(
    { length: rows },
    (_, i) => position + i % ids.length - sliding,
  ); // [1, group · rows, 1]
  return {
    positions: { type: "int32", data: positions, dims: [kvHeads, 1, entries] },
    oldest: { type: "int32", data: oldest, dims: [1, rows, 1] },
  };
}
