import type { ModelConfig } from "../../io/model_config.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { GraphTarget } from "../family/graph_target.ts";

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

/** Largest number of 8 bits that is used. */
const MOST = 127;
const INT8 = 3;

/**
 * Session graph that rounds one layer's keys or values to 8 bits, with a scale for each channel of a head: the largest
 * magnitude / 127.
 *
 * Input: `entries` [1, kvHeads, entries, headDim], at least one. Outputs: `numbers`, the same in int8, and `scales`
 * [kvHeads, 1, headDim].
 */
export function roundingGraph({ kvHeads, headDim }: ModelConfig): GraphBuilder {
  const g = new GraphBuilder();
  const shape = [1, kvHeads, "entries", headDim];
  const scalar = (value: number) => g.constant(Float32Array.of(value), []); // []
  const entries = g.input("entries", "float32", shape); // [1, kvHeads, entries, headDim]
  const largest = g.op("Max", [
    g.op("ReduceMax", [g.op("Abs", [entries]), g.ints(0, 2)]), // [1, kvHeads, 1, headDim]
    scalar(1e-20), // a channel of zeros
  ]); // [1, kvHeads, 1, headDim]
  const factor = g.op("Div", [scalar(MOST), largest]); // [1, kvHeads, 1, headDim]
  const numbers = g.op("Round", [g.op("Mul", [entries, factor])]); // [1, kvHeads, entries, headDim]
  g.output("numbers", g.op("Cast", [numbers], { to: INT8 }), "int8", shape);
  const scales = g.op("Mul", [largest, scalar(1 / MOST)]); // [1, kvHeads, 1, headDim]
  const heads = g.op("Reshape", [scales, g.ints(kvHeads, 1, headDim)]); // [kvHeads, 1, headDim]
  g.output("scales", heads, "float32", [kvHeads, 1, headDim]);
  return g;
}
