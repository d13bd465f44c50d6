import { type DType, GraphBuilder } from "../onnx/builder.ts";

/** Session graph that gives what it takes: input `x`, output `y`. Engines bring tensors from a card with it. */
export function identityGraph(type: DType, rank: number): GraphBuilder {
  const g = new GraphBuilder();
  const shape = Array.from({ length: rank }, (_, axis) => `size_${axis}`);
  g.output("y", g.input("x", type, shape), type, shape);
  return g;
}
