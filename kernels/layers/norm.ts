import { float, type GraphBuilder, type Value } from "../onnx/builder.ts";

/** Root-mean-square norm over the last axis, times `weight`. */
export function rmsNorm(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  weight: Float32Array, // [hidden]
  epsilon: number,
): Value {
  const scale = g.constant(weight, [weight.length]); // [hidden]
  return g.op("SimplifiedLayerNormalization", [x, scale], {
    axis: -1,
    epsilon: float(epsilon),
  }); // [batch, rows, hidden]
}
