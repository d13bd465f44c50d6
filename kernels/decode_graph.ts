import type { ModelConfig } from "../io/model_config.ts";
import type { WeightSource } from "../io/weights.ts";
import { cachedAttention, mergeHeads, splitHeads } from "./attention.ts";
import { GraphBuilder, type Value } from "./builder.ts";
import {
  finishLayer,
  lmHead,
  pickRows,
  projectQkv,
  ropeInputs,
} from "./decoder_layer.ts";
import type { Family } from "./family.ts";
import type { Accuracy } from "./linear.ts";
import { targetLogProbs } from "./self_information.ts";

/**
 * Session graph of new rows over a static KV cache and the tail's own, growing KV: one token of decoding, or a
 * whole question (requery). The static cache is an input that never changes.
 *
 * Inputs: `embedded` [1, rows, hidden], `cos` and `sin` [rows, ropeDim / 2], `head_rows` [1, picked] int64 (rows
 * that go through the LM head), `targets` [1, picked] int64, `tail_bias` [1, 1, group · rows, tail + rows]; by
 * layer `keys.l`, `values.l` [1, kvHeads, entries_l, headDim], `bias.l` [1, kvHeads, 1, entries_l], `tail_keys.l`,
 * `tail_values.l` [1, kvHeads, tail, headDim]. Outputs: `logits` [1, picked, vocab], `log_probs` [1, picked]; by
 * layer `next_keys.l`, `next_values.l` [1, kvHeads, tail + rows, headDim], `queries.l` [1, heads, rows, headDim].
 */
export async function decodeGraph(
  family: Family,
  weights: WeightSource,
  config: ModelConfig,
  accuracy: Accuracy,
): Promise<GraphBuilder> {
  const { kvHeads, headDim, heads, hidden } = config;
  const g = new GraphBuilder();
  let x: Value = g.input("embedded", "float32", [1, "rows", hidden]); // [1, rows, hidden]
  const headRows = g.input("head_rows", "int64", [1, "picked"]); // [1, picked]
  const targets = g.input("targets", "int64", [1, "picked"]); // [1, picked]
  const tailBias = g.input("tail_bias", "float32", [
    1,
    1,
    "group_rows",
    "next",
  ]); // [1, 1, group · rows, tail + rows]
  const rope = ropeInputs(g, config);

  for (let l = 0; l < config.layers; l++) {
    const layer = await family.layer(weights, config, l);
    const cache = (name: string, size: string) =>
      g.input(`${name}.${l}`, "float32", [1, kvHeads, size, headDim]); // [1, kvHeads, size, headDim]
    const staticKeys = cache("keys", `entries_${l}`);
    const staticValues = cache("values", `entries_${l}`);
    const staticBias = g.input(`bias.${l}`, "float32", [
      1,
      kvHeads,
      1,
      `entries_${l}`,
    ]); // [1, kvHeads, 1, entries]
    const qkv = projectQkv(g, x, layer, rope, config, accuracy);
    const grow = (tail: Value, rows: Value) =>
      g.op("Concat", [tail, splitHeads(g, rows, headDim)], { axis: 2 }); // [1, kvHeads, tail + rows, headDim]
    const tailKeys = grow(cache("tail_keys", "tail"), qkv.key); // [1, kvHeads, tail + rows, headDim]
    const tailValues = grow(cache("tail_values", "tail"), qkv.value); // [1, kvHeads, tail + rows, headDim]
    const queries = splitHeads(g, qkv.query, headDim); // [1, heads, rows, headDim]
    const query = g.op("Reshape", [queries, g.ints(0, kvHeads, -1, headDim)]); // [1, kvHeads, group · rows, headDim]
    const attended = cachedAttention(g, {
      query,
      staticKeys,
      staticValues,
      staticBias,
      tailKeys,
      tailValues,
      tailBias,
    }, headDim); // [1, kvHeads, group · rows, headDim]
    const shape = [1, kvHeads, "next", headDim];
    g.output(`next_keys.${l}`, tailKeys, "float32", shape);
    g.output(`next_values.${l}`, tailValues, "float32", shape);
    g.output(`queries.${l}`, queries, "float32", [1, heads, "rows", headDim]);
    const rows = mergeHeads(g, attended, config); // [1, rows, heads · headDim]
    x = finishLayer(g, x, rows, layer, config, accuracy); // [1, rows, hidden]
  }
  const picked = pickRows(g, x, headRows, hidden); // [1, picked, hidden]
  const head = await family.head(weights, config);
  const logits = lmHead(g, picked, head, config, accuracy); // [1, picked, vocab]
  g.output("logits", logits, "float32", [1, "picked", config.vocab]); // [1, picked, vocab]
  g.output("log_probs", targetLogProbs(g, logits, targets), "float32", [
    1,
    "picked",
  ]); // [1, picked]
  return g;
}
