import type { ModelConfig } from "../../io/model_config.ts";
import { scaledScores } from "../attention/attention.ts";
import { weighRows } from "./attention_mass.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { MASKED } from "../attention/tail_bias.ts";

/**
 * Session graph that sums the attention which some rows of a chunk pay to the entries of the chunk's own cache, as
 * far as these do not lie behind them. Of a layer with a sliding window a cache holds what all later rows see. One layer's shapes; run once per layer and block of rows.
 *
 * Inputs: `queries` [kvHeads, group · rows, headDim], `keys` [kvHeads, entries, headDim], `positions`
 * [kvHeads, 1, entries] int32 (beyond every row for padding), `row_positions` [1, group · rows, 1] int32, `weights`
 * [1, 1, rows]. Output: `mass` [heads, entries].
 */
export function ownMassGraph(config: ModelConfig): GraphBuilder {
  const { kvHeads, headDim } = config;
  const g = new GraphBuilder();
  const queries = g.input("queries", "float32", [
    kvHeads,
    "group_rows",
    headDim,
  ]); // [kvHeads, group · rows, headDim]
  const keys = g.input("keys", "float32", [kvHeads, "entries", headDim]); // [kvHeads, entries, headDim]
  const positions = g.input("positions", "int32", [kvHeads, 1, "entries"]); // [kvHeads, 1, entries]
  const rowPositions = g.input("row_positions", "int32", [
    1,
    "group_rows",
    1,
  ]); // [1, group · rows, 1]
  const weights = g.input("weights", "float32", [1, 1, "rows"]); // [1, 1, rows]
  const float32 = (value: number) => g.constant(Float32Array.of(value), []); // []
  const behind = g.op("Greater", [positions, rowPositions]); // [kvHeads, group · rows, entries]
  const bias = g.op("Where", [behind, float32(MASKED), float32(0)]); // [kvHeads, group · rows, entries]
  const scores = g.op("Add", [scaledScores(g, queries, keys, config), bias]); // [kvHeads, group · rows, entries]
  const softmax = g.op("Softmax", [scores], { axis: -1 }); // [kvHeads, group · rows, entries]
  const probabilities = g.op("Where", [behind, float32(0), softmax]); // [kvHeads, group · rows, entries]
  weighRows(g, probabilities, weights, config);
  return g;
}
