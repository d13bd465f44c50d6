import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightSource } from "../../io/weights.ts";
import { splitHeads } from "../attention/attention.ts";
import { chunkLayers } from "./chunk_layer.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { tokenRows } from "./graph_target.ts";
import {
  attentionNorm,
  finishLayer,
  layerRope,
  pickRows,
  projectQuery,
  ropeInputs,
} from "./decoder_layer.ts";
import type { PrefillGraphOptions } from "./prefill_graph.ts";
import { readLayer } from "../layers/read_weights.ts";

/**
 * Session graph of the query vectors that a chunk's own rows have: what rules look at that score entries without
 * a question.
 *
 * Inputs: those of `prefill` ({@linkcode tokenRows}, `last_row`, `rows`, `cos`, `sin`) and `picked` [batch, picked] int64.
 * Outputs by layer: `queries.l` [batch, heads, picked, headDim], after RoPE.
 */
export async function queryGraph(
  weights: WeightSource,
  config: ModelConfig,
  { accuracy, rotation, target }: Pick<
    PrefillGraphOptions,
    "accuracy" | "rotation" | "target"
  >,
): Promise<GraphBuilder> {
  const { headDim, heads, hidden, layers } = config;
  const g = target.builder();
  const given = await tokenRows(g, target, weights, config); // [batch, rows, hidden]
  const rotate = rotation && g.constant(rotation, [hidden, hidden]);
  let x = rotate ? g.op("MatMul", [given, rotate]) : given; // [batch, rows, hidden]
  const lastRow = g.input("last_row", "int32", ["batch"]); // [batch]
  const rows = g.input("rows", "int32", []); // []
  const rope = ropeInputs(g, config);
  const form = { accuracy, target };
  const attend = chunkLayers(g, { x, lastRow, rows }, rope, config, form);
  const picked = g.input("picked", "int64", ["batch", "picked"]); // [batch, picked]
  const output = (name: string, query: Value) =>
    g.output(
      name,
      splitHeads(g, query, headDim), // [batch, heads, picked, headDim]
      "float32",
      ["batch", heads, "picked", headDim],
    );

  for (let l = 0; l < layers - 1; l++) {
    const layer = await readLayer(weights, config, l);
    const attended = attend(l, layer, x);
    output(`queries.${l}`, attended.queryAt(picked)); // [batch, picked, heads · headDim]
    x = finishLayer(g, x, attended.output, layer, config, accuracy); // [batch, rows, hidden]
  }
  const last = await readLayer(weights, config, layers - 1);
  const normed = attentionNorm(g, x, last, config); // [batch, rows, hidden]
  const rowsOf = pickRows(g, normed, picked, hidden); // [batch, picked, hidden]
  const table = layerRope(rope, config, layers - 1);
  const turn = table && { ...table, rows: picked };
  const query = projectQuery(g, rowsOf, last, turn, config, accuracy); // [batch, picked, heads · headDim]
  output(`queries.${layers - 1}`, query);
  return g;
}
