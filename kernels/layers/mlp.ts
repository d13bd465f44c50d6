import type { ModelConfig } from "../../io/model_config.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { type Accuracy, linear, type LinearWeight } from "./linear.ts";

/** Weights of a gated MLP. */
export interface MlpWeights {
  readonly gate: LinearWeight;
  readonly up: LinearWeight;
  readonly down: LinearWeight;
  /** Gate and up as one layer. */
  readonly merged?: LinearWeight | undefined;
}

/** SwiGLU, or with another activation GeGLU: down(activation(gate(x)) · up(x)). */
export function swiglu(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  weights: MlpWeights,
  { activation }: Pick<ModelConfig, "activation">,
  accuracy: Accuracy,
): Value {
  const { gate, up } = gateAndUp(g, x, weights, accuracy);
  const active = activate(g, gate, activation); // [batch, rows, ffn]
  const product = g.op("Mul", [active, up]); // [batch, rows, ffn]
  const down = { ...weights.down, peaked: true };
  return linear(g, product, down, accuracy); // [batch, rows, hidden]
}

/** The two products of a gated MLP; one where the weights are merged, which is faster for few rows. */
function gateAndUp(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  { gate, up, merged }: MlpWeights,
  accuracy: Accuracy,
): { readonly gate: Value; readonly up: Value } {
  if (!merged) {
    return {
      gate: linear(g, x, gate, accuracy), // [batch, rows, ffn]
      up: linear(g, x, up, accuracy), // [batch, rows, ffn]
    };
  }
  const both = linear(g, x, merged, accuracy); // [batch, rows, 2 · ffn]
  const halves = g.ops("Split", 2, [both], { axis: -1, num_outputs: 2 }); // 2 × [batch, rows, ffn]
  return { gate: halves[0]!, up: halves[1]! };
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
