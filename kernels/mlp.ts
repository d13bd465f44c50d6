import type { GraphBuilder, Value } from "./builder.ts";
import { type Accuracy, linear, type LinearWeight } from "./linear.ts";

/** Weights of a gated MLP. */
export interface MlpWeights {
  readonly gate: LinearWeight;
  readonly up: LinearWeight;
  readonly down: LinearWeight;
}

/** SwiGLU: down(silu(gate(x)) · up(x)). */
export function swiglu(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  weights: MlpWeights,
  accuracy: Accuracy,
): Value {
  const gate = linear(g, x, weights.gate, accuracy); // [batch, rows, ffn]
  const up = linear(g, x, weights.up, accuracy); // [batch, rows, ffn]
  const silu = g.op("Mul", [gate, g.op("Sigmoid", [gate])]); // [batch, rows, ffn]
  const product = g.op("Mul", [silu, up]); // [batch, rows, ffn]
  return linear(g, product, weights.down, accuracy); // [batch, rows, hidden]
}
