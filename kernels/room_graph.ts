import type { ModelConfig } from "../io/model_config.ts";
import type { GraphBuilder } from "./builder.ts";
import type { GraphTarget } from "./graph_target.ts";

/**
 * Session graph that gives one layer's keys or values room behind them, in the precision of products.
 *
 * Inputs: `entries` [1, kvHeads, entries, headDim], `room` [4] int64: the shape of what is to be behind them. Output:
 * `roomy` [1, kvHeads, entries + room, headDim].
 */
export function roomGraph(
  { kvHeads, headDim }: ModelConfig,
  target: GraphTarget,
): GraphBuilder {
  const g = target.builder();
  const shape = (size: string) => [1, kvHeads, size, headDim];
  const entries = g.input("entries", "float32", shape("entries")); // [1, kvHeads, entries, headDim]
  const zero = g.constant(Float32Array.of(0), []); // []
  const room = g.op("Expand", [zero, g.input("room", "int64", [4])]); // [1, kvHeads, room, headDim]
  const all = g.op("Concat", [entries, room], { axis: 2 }); // [1, kvHeads, entries + room, headDim]
  g.output("roomy", all, target.products, shape("all"));
  return g;
}
