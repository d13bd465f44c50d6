import type { ModelConfig } from "../io/model_config.ts";
import type { GraphBuilder, Value } from "./builder.ts";
import { type Accuracy, linear, type LinearWeight } from "./linear.ts";

/** Weights of a gated MLP. */
export interface MlpWeights {
  readonly gate: LinearWeight;
  readonly up: LinearWeight;
  readonly down: LinearWeight;
}

/** SwiGLU, or with another activation GeGLU: down(activation(gate(x)) · up(x)). */
export function swiglu(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  weights: MlpWeights,
  { activation }: Pick<ModelConfig, "activation">,
  accuracy: Accuracy,
): Value {
  const gate = linear(g, x, weights.gate, accuracy); // [batch, rows, ffn]
  const up = linear(g, x, weights.up, accuracy); // [batch, rows, ffn]
  const active = activate(g, gate, activation); // [batch, rows, ffn]
  const product = g.op("Mul", [active, up]); // [batch, rows, ffn]
  const down = { ...weights.down, peaked: true };
  return linear(g, product, down, accuracy); // [batch, rows, hidden]
}

function activate(
  g: GraphBuilder,
  gate: Value, // [batch, rows, ffn]
  activation: ModelConfig["activation"] = "silu",
): Value {
  return activation === "silu"
    ? g.op("Mul", [gate, g.op("Sigmoid", [gate])]) // [batch, rows, ffn]
    : g.op("FastGelu", [gate]); // [batch, rows, ffn]
}
