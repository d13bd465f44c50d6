import type { ModelConfig } from "../../io/model_config.ts";
import { BIAS_DIMS, biasedConfig, BIASES } from "./bias_columns.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { GraphTarget } from "../family/graph_target.ts";

/** The sessions that bring a cache to a room: as it is, or into heads that hold a bias. */
export type RoomName = "room" | "room-biased";

/**
 * A layer's keys or values, input `entries` [1, kvHeads, entries, headDim]; where heads hold a bias with input `columns`
 * [1, kvHeads, entries, {@linkcode BIASES}] behind them and zeros behind that, up to {@linkcode BIAS_DIMS}.
 */
function heldEntries(
  g: GraphBuilder,
  { kvHeads, headDim }: ModelConfig,
  biased: boolean,
): Value {
  const input = (name: string, width: number) =>
    g.input(name, "float32", [1, kvHeads, "entries", width]); // [1, kvHeads, entries, width]
  const entries = input("entries", headDim); // [1, kvHeads, entries, headDim]
  if (!biased) return entries;
  const zeros = g.ints(0, 0, 0, 0, 0, 0, 0, BIAS_DIMS - BIASES);
  const columns = g.op("Pad", [input("columns", BIASES), zeros]); // [1, kvHeads, entries, BIAS_DIMS]
  return g.op("Concat", [entries, columns], { axis: 3 }); // [1, kvHeads, entries, headDim + BIAS_DIMS]
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
  const entries = heldEntries(g, config, biased); // [1, kvHeads, entries, headDim]
  const zero = g.constant(Float32Array.of(0), []); // []
  const room = g.op("Expand", [zero, g.input("room", "int64", [4])]); // [1, kvHeads, room, headDim]
  const all = g.op("Concat", [entries, room], { axis: 2 }); // [1, kvHeads, entries + room, headDim]
  const shape = [1, kvHeads, "all", headDim];
  g.output("roomy", all, target.products, shape);
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
  const shape = [1, kvHeads, "entries", headDim];
  const scalar = (value: number) => g.constant(Float32Array.of(value), []); // []
  const entries = heldEntries(g, config, biased); // [1, kvHeads, entries, headDim]
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
