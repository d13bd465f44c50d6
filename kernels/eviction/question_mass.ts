import type { ModelConfig } from "../../io/model_config.ts";
import { scaledScores, splitHeads } from "../attention/attention.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { MASKED } from "../attention/tail_bias.ts";

/**
 * Attention that every query head pays to every key, summed over the question's rows by weight: what the `mass`
 * session computes, inside the prefill session of the chunk. Keys that a row does not see may be no numbers.
 */
export function questionMass(
  g: GraphBuilder,
  inputs: {
    readonly query: Value; // [batch, tail, heads · headDim], rotated
    readonly keys: Value; // [batch, kvHeads, rows, headDim], rotated
    /** Which keys each row does not see. */
    readonly hidden: Value; // [batch, 1, tail, rows] bool
    readonly weights: Value; // [1, 1, 1, tail]
  },
  config: ModelConfig,
): Value {
  const { kvHeads, heads, headDim } = config;
  const query = g.op("Reshape", [
    splitHeads(g, inputs.query, headDim), // [batch, heads, tail, headDim]
    g.ints(0, kvHeads, -1, headDim),
  ]); // [batch, kvHeads, group · tail, headDim]
  const scores = g.op("Reshape", [
    g.single(scaledScores(g, query, inputs.keys, config)), // [batch, kvHeads, group · tail, rows]
    g.ints(0, heads, -1, 0),
  ]); // [batch, heads, tail, rows]
  const masked = g.op("Where", [
    inputs.hidden,
    g.constant(Float32Array.of(MASKED), []), // []
    scores,
  ]); // [batch, heads, tail, rows]
  const mass = g.op("MatMul", [
    inputs.weights,
    g.op("Softmax", [masked], { axis: -1 }), // [batch, heads, tail, rows]
  ]); // [batch, heads, 1, rows]
  return g.op("Squeeze", [mass, g.ints(2)]); // [batch, heads, rows]
}
