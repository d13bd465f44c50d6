import type { ModelConfig } from "../../io/model_config.ts";
import {
  cachedAttention,
  int8Keys,
  mergeHeads,
  splitHeads,
} from "./attention.ts";
import type { DType, GraphBuilder, Value } from "../onnx/builder.ts";
import type { CacheForm } from "../cache/cache_form.ts";
import type { RopeValues } from "../family/decoder_layer.ts";
import { mappedRows } from "./mapped_rows.ts";
import { slidingRows } from "./sliding.ts";

/** New rows of one layer, queries and keys rotated but for mapped positions. */
export interface NewRowValues {
  readonly query: Value; // [batch, rows, heads · headDim]
  readonly key: Value; // [batch, rows, kvHeads · headDim]
  readonly value: Value; // [batch, rows, kvHeads · headDim]
}

/**
 * The part of a decode graph between a layer's projections: new rows attend to the static cache and to the tail, which
 * they join.
 *
 * Inputs: `tail_bias` [1, 1, group · rows, tail + rows]; by layer `keys.l`, `values.l` [batch, kvHeads, entries_l,
 * headDim], `bias.l` [batch, kvHeads, 1, entries_l], `tail_keys.l`, `tail_values.l` [batch, kvHeads, tail, headDim]. A
 * cache in 8 bits has int8 `keys.l` and `values.l`, `key_scales.l` [batch, kvHeads, 1, headDim], `value_scales.l`
 * [batch, kvHeads, 1, entries_l]; a tempered one `temperature` and `scale` [batch, 1, 1, 1] and `tempered.l` [batch,
 * kvHeads, 1, entries_l]. Layers with a sliding window need `row_positions` [batch, 1, rows] int32 (positions inside the
 * chunk) and `entry_positions.l` [batch, kvHeads, 1, entries_l], `tail_positions.l` [batch, kvHeads, tail] int32, and
 * give `next_positions.l` [batch, kvHeads, tail + rows]; with mapped positions all layers do, without `row_positions`.
 * Outputs by layer: `next_keys.l`, `next_values.l` [batch, kvHeads, tail + rows, headDim],
 * `queries.l` [batch, heads, rows, headDim].
 *
 * @returns What rows of layer `l` get: [batch, rows, heads · headDim].
 */
export function cachedRows(
  g: GraphBuilder,
  config: ModelConfig,
  form: CacheForm,
  rope?: RopeValues,
): (l: number, qkv: NewRowValues) => Value {
  const { kvHeads, headDim, heads } = config;
  const tailBias = g.input("tail_bias", "float32", [
    1,
    1,
    "group_rows",
    "next",
  ]); // [1, 1, group · rows, tail + rows]
  const item = (name: string) => g.input(name, "float32", ["batch", 1, 1, 1]); // [batch, 1, 1, 1]
  const tempering = form.tempered &&
    { temperature: item("temperature"), scale: item("scale") };
  const sliding = slidingRows(g, config);
  const mapped = mappedRows(g, config, rope);
  return (l, qkv) => {
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
    const grow = (tail: Value, rows: Value) =>
      g.op("Concat", [tail, splitHeads(g, rows, headDim)], { axis: 2 }); // [batch, kvHeads, tail + rows, headDim]
    const tailKeys = grow(cache("tail_keys", "tail"), qkv.key); // [batch, kvHeads, tail + rows, headDim]
    const tailValues = grow(cache("tail_values", "tail"), qkv.value); // [batch, kvHeads, tail + rows, headDim]
    const queries = splitHeads(g, qkv.query, headDim); // [batch, heads, rows, headDim]
    const query = g.op("Reshape", [queries, g.ints(0, kvHeads, -1, headDim)]); // [batch, kvHeads, group · rows, headDim]
    const scores = mapped?.(l, {
      queries,
      keys: int8 ? int8Keys(g, staticKeys, int8.keyScales) : staticKeys, // [batch, kvHeads, entries, headDim]
      tailKeys,
    });
    const seen = sliding.layer(l, { staticBias: bias, tailBias });
    const attended = cachedAttention(g, {
      query,
      staticKeys,
      staticValues,
      ...seen,
      tailKeys,
      tailValues,
      int8,
      scores,
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
    return mergeHeads(g, attended, config); // [batch, rows, heads · headDim]
  };
}
