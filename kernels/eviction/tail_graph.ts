import type { ModelConfig } from "../../io/model_config.ts";
import { scaledScores } from "../attention/attention.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { layerKind } from "../layers/layer_kind.ts";
import { MASKED } from "../attention/tail_bias.ts";

/**
 * Session graph that keeps some entries of a decoder's tail, every KV head its own: those with the highest
 * weight · attention + bias, in order. The attention is that of the last row, softmax over the tail alone, summed over
 * the query heads of a KV group; in layers with a sliding window it is 0 for entries that the row does not see.
 *
 * Inputs: `bias` [1, tail] (what must stay is far above everything else), `weight` [], `keep` [1] int64; by layer
 * `queries.l` [1, heads, rows, headDim], `tail_keys.l`, `tail_values.l` [1, kvHeads, tail, headDim], of layers with a sliding window
 * `tail_positions.l` [1, kvHeads, tail] int32. Outputs by layer: `next_keys.l`, `next_values.l` [1, kvHeads, keep,
 * headDim], `next_positions.l` [1, kvHeads, keep].
 */
export function tailGraph(config: ModelConfig): GraphBuilder {
  const { layers, heads, kvHeads, headDim } = config;
  const g = new GraphBuilder();
  const bias = g.input("bias", "float32", [1, "tail"]); // [1, tail]
  const weight = g.input("weight", "float32", []); // []
  const keep = g.input("keep", "int64", [1]); // [1]
  for (let l = 0; l < layers; l++) {
    const queries = g.input(`queries.${l}`, "float32", [
      1,
      heads,
      "rows",
      headDim,
    ]); // [1, heads, rows, headDim]
    const tail = (name: string) =>
      g.input(`${name}.${l}`, "float32", [1, kvHeads, "tail", headDim]); // [1, kvHeads, tail, headDim]
    const keys = tail("tail_keys");
    const values = tail("tail_values");
    const { sliding } = layerKind(config, l);
    const positions = sliding === undefined
      ? undefined
      : g.input(`tail_positions.${l}`, "int32", [1, kvHeads, "tail"]); // [1, kvHeads, tail]
    const old = positions && tooOld(g, positions, sliding!); // [1, kvHeads, 1, tail]
    const mass = lastRowMass(g, { queries, keys, old }, config); // [kvHeads, tail]
    const scores = g.op("Add", [g.op("Mul", [mass, weight]), bias]); // [kvHeads, tail]
    const [, best] = g.ops("TopK", 2, [scores, keep], { axis: -1 }); // [kvHeads, keep]
    const [inOrder] = g.ops("TopK", 2, [best, keep], { axis: -1, largest: 0 }); // [kvHeads, keep]
    const entries = g.op("Unsqueeze", [inOrder!, g.ints(0, 3)]); // [1, kvHeads, keep, 1]
    const everyChannel = g.op("Expand", [entries, g.ints(1, 1, 1, headDim)]); // [1, kvHeads, keep, headDim]
    for (const [name, data] of [["keys", keys], ["values", values]] as const) {
      const kept = g.op("GatherElements", [data, everyChannel], { axis: 2 }); // [1, kvHeads, keep, headDim]
      const shape = [1, kvHeads, "keep", headDim];
      g.output(`next_${name}.${l}`, kept, "float32", shape);
    }
    if (!positions) continue;
    const kept = g.op("GatherElements", [
      positions,
      g.op("Unsqueeze", [inOrder!, g.ints(0)]), // [1, kvHeads, keep]
    ], { axis: 2 }); // [1, kvHeads, keep]
    g.output(`next_positions.${l}`, kept, "int32", [1, kvHeads, "keep"]);
  }
  return g;
}

/** Which entries of the tail its last row does not see. */
function tooOld(
  g: GraphBuilder,
  positions: Value, // [1, kvHeads, tail]
  sliding: number,
): Value {
  const last = g.op("ReduceMax", [positions]); // [1, 1, 1]
  const width = g.constant(Int32Array.of(sliding), []); // []
  const old = g.op("LessOrEqual", [positions, g.op("Sub", [last, width])]); // [1, kvHeads, tail]
  return g.op("Unsqueeze", [old, g.ints(2)]); // [1, kvHeads, 1, tail]
}

function lastRowMass(
  g: GraphBuilder,
  { queries, keys, old }: {
    readonly queries: Value; // [1, heads, rows, headDim]
    readonly keys: Value; // [1, kvHeads, tail, headDim]
    readonly old: Value | undefined; // [1, kvHeads, 1, tail]
  },
  config: ModelConfig,
): Value {
  const { kvHeads, headDim } = config;
  const last = g.op("Slice", [
    queries,
    g.ints(-1),
    g.ints(2 ** 31 - 1),
    g.ints(2),
  ]); // [1, heads, 1, headDim]
  const grouped = g.op("Reshape", [last, g.ints(1, kvHeads, -1, headDim)]); // [1, kvHeads, group, headDim]
  const scores = scaledScores(g, grouped, keys, config); // [1, kvHeads, group, tail]
  const seen = old
    ? g.op("Where", [old, g.constant(Float32Array.of(MASKED), []), scores]) // [1, kvHeads, group, tail]
    : scores;
  const mass = g.op("Softmax", [seen], { axis: -1 }); // [1, kvHeads, group, tail]
  return g.op("ReduceSum", [mass, g.ints(0, 2)], { keepdims: 0 }); // [kvHeads, tail]
}
