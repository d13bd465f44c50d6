import type { ModelConfig } from "../../io/model_config.ts";
import { BIAS_DIMS, biasedConfig, BIASES } from "../cache/bias_columns.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** How the heads of steps enter attention and leave it. */
export interface StepHeads {
  /** Attention's, whose heads may be larger than the model's. */
  readonly config: ModelConfig;
  /** Query, key and value, or all in one, as attention takes them. */
  widen(rows: readonly (Value | undefined)[]): (Value | undefined)[];
  /** What attention gives, as the model's heads. */
  narrow(output: Value): Value; // → [1, rows, heads · headDim]
}

/** Heads as they are. */
export function plainHeads(config: ModelConfig): StepHeads {
  return { config, widen: (rows) => [...rows], narrow: (output) => output };
}

/**
 * Heads with {@linkcode BIAS_DIMS} further numbers, which attention does not turn: queries have ones where keys of the
 * cache have a bias (`biasColumns`) and new keys have zeros, so that a score is what it was, plus the bias.
 */
export function biasedHeads(
  g: GraphBuilder,
  x: Value, // [1, rows, …]
  config: ModelConfig,
): StepHeads {
  const { heads, kvHeads, headDim } = config;
  const wide = headDim + BIAS_DIMS;
  const shape = g.op("Concat", [
    g.ints(1),
    g.op("Shape", [x], { start: 1, end: 2 }), // [1]
    g.ints(1, 1),
  ], { axis: 0 }); // [4]
  const known = new Map<string, Value>();
  /** What comes behind the numbers of so many heads, of which the first are queries. */
  const behind = (queries: number, all: number): Value => {
    const key = `${queries} ${all}`;
    let rows = known.get(key);
    if (!rows) {
      const numbers = new Float32Array(all * BIAS_DIMS); // [all, BIAS_DIMS]
      for (let h = 0; h < queries; h++) {
        numbers.fill(1, h * BIAS_DIMS, h * BIAS_DIMS + BIASES);
      }
      const one = g.constant(numbers, [1, 1, all, BIAS_DIMS]); // [1, 1, all, BIAS_DIMS]
      known.set(key, rows = g.op("Expand", [one, shape])); // [1, rows, all, BIAS_DIMS]
    }
    return rows;
  };
  const widened = (value: Value, queries: number, all: number): Value => {
    const split = g.op("Reshape", [value, g.ints(0, 0, all, headDim)]); // [1, rows, all, headDim]
    const longer = g.op("Concat", [split, behind(queries, all)], { axis: 3 }); // [1, rows, all, wide]
    return g.op("Reshape", [longer, g.ints(0, 0, all * wide)]); // [1, rows, all · wide]
  };
  return {
    config: biasedConfig(config),
    widen: ([query, key, value]) =>
      key && value
        ? [
          widened(query!, heads, heads),
          widened(key, 0, kvHeads),
          widened(value, 0, kvHeads),
        ]
        : [widened(query!, heads, heads + 2 * kvHeads), key, value],
    narrow(output) {
      const split = g.op("Reshape", [output, g.ints(0, 0, heads, wide)]); // [1, rows, heads, wide]
      const own = g.op("Slice", [
        split,
        g.ints(0),
        g.ints(headDim),
        g.ints(3),
      ]); // [1, rows, heads, headDim]
      return g.op("Reshape", [own, g.ints(0, 0, heads * headDim)]); // [1, rows, heads · headDim]
    },
  };
}
