import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import { cachedAttention, mergeHeads, splitHeads } from "./attention.ts";
import { type DType, GraphBuilder, type Value } from "./builder.ts";
import type { CacheForm } from "./cache_form.ts";
import {
  finishLayer,
  layerRope,
  lmHead,
  pickRows,
  projectQkv,
  ropeInputs,
} from "./decoder_layer.ts";
import type { Accuracy } from "./linear.ts";
import { readHead, readLayer } from "./read_weights.ts";
import { targetLogProbs } from "./self_information.ts";
import { slidingRows } from "./sliding.ts";

/**
 * Session graph of new rows over static KV caches and the tail's own, growing KV: one token of decoding, or a
 * whole question behind a batch of chunks (requery). The static caches are inputs that never change.
 *
 * Inputs: `embedded` [batch, rows, hidden], `cos` and `sin` [positions, ropeDim / 2], `positions` [batch, rows]
 * int64 (table row of every row), `head_rows` [batch, picked] int64 (rows that go through the LM head), `targets`
 * [batch, picked] int64, `tail_bias` [1, 1, group · rows, tail + rows]; by layer `keys.l`, `values.l` [batch,
 * kvHeads, entries_l, headDim], `bias.l` [batch, kvHeads, 1, entries_l], `tail_keys.l`, `tail_values.l` [batch,
 * kvHeads, tail, headDim]. A cache in 8 bits has int8 `keys.l` and `values.l`, `key_scales.l` [batch, kvHeads, 1,
 * headDim], `value_scales.l` [batch, kvHeads, 1, entries_l]; a tempered one `temperature` and `scale` [batch, 1, 1, 1]
 * and `tempered.l` [batch, kvHeads, 1, entries_l]. Layers that turn by a RoPE of their own need `local_cos` and `local_sin`;
 * layers with a sliding window need `row_positions` [batch, 1, rows] int32 (positions inside the chunk) and
 * `entry_positions.l` [batch, kvHeads, 1, entries_l], `tail_positions.l` [batch, kvHeads, tail] int32, and give
 * `next_positions.l` [batch, kvHeads, tail + rows]. Outputs: `logits` [batch, picked, vocab], `log_probs` [batch, picked]; by layer
 * `next_keys.l`, `next_values.l` [batch, kvHeads, tail + rows, headDim], `queries.l` [batch, heads, rows, headDim].
 */
export async function decodeGraph(
  weights: WeightSource,
  config: ModelConfig,
  accuracy: Accuracy,
  form: CacheForm = { tempered: false, int8: false },
): Promise<GraphBuilder> {
  const { kvHeads, headDim, heads, hidden } = config;
  const g = new GraphBuilder();
  let x: Value = g.input("embedded", "float32", ["batch", "rows", hidden]); // [batch, rows, hidden]
  const headRows = g.input("head_rows", "int64", ["batch", "picked"]); // [batch, picked]
  const targets = g.input("targets", "int64", ["batch", "picked"]); // [batch, picked]
  const tailBias = g.input("tail_bias", "float32", [
    1,
    1,
    "group_rows",
    "next",
  ]); // [1, 1, group · rows, tail + rows]
  const rope = {
    ...ropeInputs(g, config),
    rows: g.input("positions", "int64", ["batch", "rows"]), // [batch, rows]
  };

  const sliding = slidingRows(g, config);

  const item = (name: string) => g.input(name, "float32", ["batch", 1, 1, 1]); // [batch, 1, 1, 1]
  const tempering = form.tempered &&
    { temperature: item("temperature"), scale: item("scale") };

  for (let l = 0; l < config.layers; l++) {
    const layer = await readLayer(weights, config, l);
    const cache = (name: string, size: string, type: DType = "float32") =>
      g.input(`${name}.${l}`, type, ["batch", kvHeads, size, headDim]); // [batch, kvHeads, size, headDim]
    const row = (name: string, size: string | number) =>
      g.input(`${name}.${l}`, "float32", ["batch", kvHeads, 1, size]); // [batch, kvHeads, 1, size]
    const entries = `entries_${l}`;
    const stored = form.int8 ? "int8" : "float32";
    const staticKeys = cache("keys", entries, stored);
    const staticValues = cache("values", entries, stored);
    const bias = row("bias", entries); // [batch, kvHeads, 1, entries]
    const int8 = form.int8
      ? {
        keyScales: row("key_scales", headDim), // [batch, kvHeads, 1, headDim]
        valueScales: row("value_scales", entries), // [batch, kvHeads, 1, entries]
      }
      : undefined;
    const turn = layerRope(rope, config, l);
    const qkv = projectQkv(g, x, layer, turn, config, accuracy);
    const grow = (tail: Value, rows: Value) =>
      g.op("Concat", [tail, splitHeads(g, rows, headDim)], { axis: 2 }); // [batch, kvHeads, tail + rows, headDim]
    const tailKeys = grow(cache("tail_keys", "tail"), qkv.key); // [batch, kvHeads, tail + rows, headDim]
    const tailValues = grow(cache("tail_values", "tail"), qkv.value); // [batch, kvHeads, tail + rows, headDim]
    const queries = splitHeads(g, qkv.query, headDim); // [batch, heads, rows, headDim]
    const query = g.op("Reshape", [queries, g.ints(0, kvHeads, -1, headDim)]); // [batch, kvHeads, group · rows, headDim]
    const seen = sliding.layer(l, { staticBias: bias, tailBias });
    const attended = cachedAttention(g, {
      query,
      staticKeys,
      staticValues,
      ...seen,
      tailKeys,
      tailValues,
      int8,
      tempering: tempering
        ? { ...tempering, entries: row("tempered", entries) }
        : undefined,
    }, config); // [batch, kvHeads, group · rows, headDim]
    const shape = ["batch", kvHeads, "next", headDim];
    g.output(`next_keys.${l}`, tailKeys, "float32", shape);
    g.output(`next_values.${l}`, tailValues, "float32", shape);
    g.output(`queries.${l}`, queries, "float32", [
      "batch",
      heads,
      "rows",
      headDim,
    ]);
    const rows = mergeHeads(g, attended, config); // [batch, rows, heads · headDim]
    x = finishLayer(g, x, rows, layer, config, accuracy); // [batch, rows, hidden]
  }
  const picked = pickRows(g, x, headRows, hidden); // [batch, picked, hidden]
  const head = await readHead(weights, config);
  const logits = lmHead(g, picked, head, config, accuracy); // [batch, picked, vocab]
  g.output("logits", logits, "float32", ["batch", "picked", config.vocab]); // [batch, picked, vocab]
  g.output("log_probs", targetLogProbs(g, logits, targets), "float32", [
    "batch",
    "picked",
  ]); // [batch, picked]
  return g;
}
