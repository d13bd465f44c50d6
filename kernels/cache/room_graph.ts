import type { ModelConfig } from "../../io/model_config.ts";
import { BIAS_DIMS, biasedConfig, BIASES } from "./bias_columns.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { GraphTarget } from "../family/graph_target.ts";

/** The sessions that bring a cache to a room: as it is, or into heads that hold a bias. */
export type RoomName = "room" | "room-biased";

/**
 * What heads that hold a bias have behind the numbers of a layer's keys or values: input `columns` [1, kvHeads, entries,
 * {@linkcode BIASES}] and zeros behind that.
 */
function biasNumbers(g: GraphBuilder, { kvHeads }: ModelConfig): Value {
  const shape = [1, kvHeads, "entries", BIASES];
  const columns = g.input("columns", "float32", shape); // [1, kvHeads, entries, BIASES]
  const zeros = g.ints(0, 0, 0, 0, 0, 0, 0, BIAS_DIMS - BIASES);
  return g.op("Pad", [columns, zeros]); // [1, kvHeads, entries, BIAS_DIMS]
}

/**
 * Session graph that gives one layer's keys or values room behind them, in the precision of products.
 *
 * Inputs: `entries` [1, kvHeads, entries, headDim], `room` [4] int64: the shape of what is to be behind them. Output:
 * `roomy` [1, kvHeads, entries + room, headDim]. With `biased` heads are larger, and there is an input more: `columns`,
 * see {@linkcode BIASES}.
 */
export function roomGraph(
  config: ModelConfig,
  target: GraphTarget,
  biased: boolean,
): GraphBuilder {
  const { kvHeads, headDim } = biased ? biasedConfig(config) : config;
  const g = target.builder();
  const shape = (size: string, width = headDim) => [1, kvHeads, size, width];
  const own = g.input("entries", "float32", shape("entries", config.headDim)); // [1, kvHeads, entries, config.headDim]
  const entries = biased
    ? g.op("Concat", [own, biasNumbers(g, config)], { axis: 3 })
    : own; // [1, kvHeads, entries, headDim]
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
 * [kvHeads, 1, headDim]. With `biased` as {@linkcode roomGraph}.
 */
export function roundingGraph(
  config: ModelConfig,
  biased: boolean,
): GraphBuilder {
  const { kvHeads, headDim } = biased ? biasedConfig(config) : config;
  const g = new GraphBuilder();
  const shape = (width: number) => [1, kvHeads, "entries", width];
  const entries = g.input("entries", "float32", shape(config.headDim)); // [1, kvHeads, entries, config.headDim]
  const own = rounded(g, entries);
  const bias = biased ? rounded(g, biasNumbers(g, config)) : undefined;
  const joined = (name: keyof typeof own) =>
    bias ? g.op("Concat", [own[name], bias[name]], { axis: 3 }) : own[name]; // [1, kvHeads, …, headDim]
  g.output("numbers", joined("numbers"), "int8", shape(headDim));
  const scales = g.op("Reshape", [
    joined("scales"), // [1, kvHeads, 1, headDim]
    g.ints(kvHeads, 1, headDim),
  ]); // [kvHeads, 1, headDim]
  g.output("scales", scales, "float32", [kvHeads, 1, headDim]);
  return g;
}

/** Numbers in 8 bits, and the scale of each channel of a head. */
function rounded(
  g: GraphBuilder,
  entries: Value, // [1, kvHeads, entries, width]
): { readonly numbers: Value; readonly scales: Value } {
  const scalar = (value: number) => g.constant(Float32Array.of(value), []); // []
  const largest = g.op("Max", [
    g.op("ReduceMax", [g.op("Abs", [entries]), g.ints(0, 2)]), // [1, kvHeads, 1, width]
    scalar(1e-20), // a channel of zeros
  ]); // [1, kvHeads, 1, width]
  const factor = g.op("Div", [scalar(MOST), largest]); // [1, kvHeads, 1, width]
  const numbers = g.op("Round", [g.op("Mul", [entries, factor])]); // [1, kvHeads, entries, width]
  return {
    numbers: g.op("Cast", [numbers], { to: INT8 }), // [1, kvHeads, entries, width]
    scales: g.op("Mul", [largest, scalar(1 / MOST)]), // [1, kvHeads, 1, width]
  };
}
