import type { ModelConfig } from "../../io/model_config.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { hasSliding, layerKind } from "../layers/layer_kind.ts";
import { MASKED } from "./tail_bias.ts";

/** A bias that also masks the entries which lie `window` positions or more before a row. */
export function slidingBias(
  g: GraphBuilder,
  bias: Value, // [batch, kvHeads, 1 or group · rows, entries]
  positions: Value, // [batch, kvHeads, 1, entries] int32
  oldest: Value, // [batch, 1, group · rows, 1] int32: the row's position less the window
): Value {
  const seen = g.op("Greater", [positions, oldest]); // [batch, kvHeads, group · rows, entries]
  return g.op("Where", [
    seen,
    bias,
    g.constant(Float32Array.of(MASKED), []), // []
  ]); // [batch, kvHeads, group · rows, entries]
}

/** Masks of new rows: what they are added to, by layer. */
interface RowBiases {
  readonly staticBias: Value; // [batch, kvHeads, 1 or group · rows, entries]
  readonly tailBias: Value; // [1 or batch, 1 or kvHeads, group · rows, tail + rows]
}

/**
 * The masks of new rows in layers with a sliding window, by positions: caches that are merged of chunks hold the same
 * position several times. Graphs of models without such layers stay as they are.
 *
 * Inputs: `row_positions` [batch, 1, rows] int32; by sliding layer `entry_positions.l` [batch, kvHeads, 1, entries] and
 * `tail_positions.l` [batch, kvHeads, tail] int32. Outputs: `next_positions.l` [batch, kvHeads, tail + rows].
 */
export function slidingRows(
  g: GraphBuilder,
  config: ModelConfig,
): { layer(layer: number, biases: RowBiases): RowBiases } {
  if (!hasSliding(config)) return { layer: (_, biases) => biases };
  const { heads, kvHeads } = config;
  const rows = g.input("row_positions", "int32", ["batch", 1, "rows"]); // [batch, 1, rows]
  const group = new Array<Value>(heads / kvHeads).fill(rows);
  const everyHead = g.op("Concat", group, { axis: 2 }); // [batch, 1, group · rows]
  const queries = g.op("Unsqueeze", [everyHead, g.ints(3)]); // [batch, 1, group · rows, 1]
  const own = g.op("Expand", [rows, g.ints(1, kvHeads, 1)]); // [batch, kvHeads, rows]
  return {
    layer(l, { staticBias, tailBias }) {
      const { sliding } = layerKind(config, l);
      if (sliding === undefined) return { staticBias, tailBias };
      const entries = g.input(`entry_positions.${l}`, "int32", [
        "batch",
        kvHeads,
        1,
        `entries_${l}`,
      ]); // [batch, kvHeads, 1, entries]
      const before = g.input(`tail_positions.${l}`, "int32", [
        "batch",
        kvHeads,
        "tail",
      ]); // [batch, kvHeads, tail]
      const tail = g.op("Concat", [before, own], { axis: 2 }); // [batch, kvHeads, tail + rows]
      g.output(`next_positions.${l}`, tail, "int32", [
        "batch",
        kvHeads,
        "next",
      ]);
      const width = g.constant(Int32Array.of(sliding), []); // []
      const oldest = g.op("Sub", [queries, width]); // [batch, 1, group · rows, 1]
      const tailPositions = g.op("Unsqueeze", [tail, g.ints(2)]); // [batch, kvHeads, 1, tail + rows]
      return {
        staticBias: slidingBias(g, staticBias, entries, oldest),
        tailBias: slidingBias(g, tailBias, tailPositions, oldest),
      };
    },
  };
}
