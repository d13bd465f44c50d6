import type { ModelConfig } from "../../io/model_config.ts";
import type { AttentionSteps } from "./attention_steps.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import {
  type FarAttention,
  type FarInputs,
  largestOf,
} from "./far_attention.ts";
import { attentionScale } from "../layers/layer_kind.ts";
import { rotationMatrix } from "../layers/rotation.ts";

/**
 * Far attention in whole numbers. Queries and keys are rotated by heads, so that no channel takes the range of the
 * others, and rounded to 8 bits: queries by KV head, keys one by one. Values are rounded by channel, probabilities to
 * 255 steps of their row's largest: the first key, which often takes nearly all, and the newest are not among them.
 */
export function int8FarAttention(
  g: GraphBuilder,
  { queries, keys, values }: FarInputs,
  { together, rows }: AttentionSteps,
  config: ModelConfig,
): FarAttention {
  const { headDim } = config;
  const float32 = (value: number) => g.constant(Float32Array.of(value), []); // []
  const one = float32(1); // []
  const middle = g.constant(Uint8Array.of(128), []); // []
  const zero = g.constant(Int8Array.of(0), []); // []
  const width = g.ints(headDim);
  const inUnits = (x: Value, a: Value, b: Value) =>
    g.op("Reshape", [
      x,
      g.op("Concat", [g.ints(-1), together, a, b], { axis: 0 }),
    ]); // [units, together, a, b]
  /** A step of 8-bit numbers: not 0, for rows of padding are. */
  const stepOf = (x: Value, ...axes: number[]) => {
    const over = g.ints(...axes);
    const most = g.op("Max", [
      g.op("ReduceMax", [x, over], { keepdims: 1 }),
      g.op("Neg", [g.op("ReduceMin", [x, over], { keepdims: 1 })]),
      float32(1e-30),
    ]);
    return g.op("Mul", [most, float32(1 / 127)]);
  };
  const rounded = (x: Value, step: Value, zeroPoint: Value) =>
    g.op("QuantizeLinear", [g.op("Div", [x, step]), one, zeroPoint]);

  const rotation = g.constant(rotationMatrix(headDim), [headDim, headDim]);
  const query = g.op("MatMul", [queries, rotation]); // [blocks, batch, kvHeads, group · size, headDim]
  const queryStep = stepOf(query, 0, 3, 4); // [1, batch, kvHeads, 1, 1]
  const key = g.op("MatMul", [keys, rotation]); // [batch, kvHeads, rows, headDim]
  const keyStep = stepOf(key, 3); // [batch, kvHeads, rows, 1]
  const scale = g.op("Mul", [
    g.op("Squeeze", [queryStep, g.ints(0)]), // [batch, kvHeads, 1, 1]
    float32(attentionScale(config)),
  ]); // [batch, kvHeads, 1, 1]
  const scales = g.op("Mul", [keyStep, scale]); // [batch, kvHeads, rows, 1]
  const columns = g.op("Transpose", [rounded(key, keyStep, zero)], {
    perm: [0, 1, 3, 2],
  }); // [batch, kvHeads, headDim, rows] int8
  const valueStep = stepOf(values, 2); // [batch, kvHeads, 1, headDim]
  const allKeys = inUnits(columns, width, rows); // [units, together, headDim, rows]
  const keyScales = inUnits(scales, g.ints(1), rows); // [units, together, 1, rows]
  const allValues = inUnits(rounded(values, valueStep, zero), rows, width); // [units, together, rows, headDim]
  const valueScales = inUnits(valueStep, g.ints(1), width); // [units, together, 1, headDim]

  return {
    queries: rounded(query, queryStep, middle), // [blocks, batch, kvHeads, group · size, headDim] uint8
    dtype: "uint8",
    attend(body, query, { start, end }) {
      const slice = (x: Value, axis: number) =>
        body.op("Slice", [x, start, end, g.ints(0, axis)]);
      const unit = body.op("Slice", [start, g.ints(0), g.ints(1)]); // [1]
      const scores = body.op("MatMulIntegerToFloat", [
        query,
        slice(allKeys, 3), // [1, together, headDim, far]
        one,
        slice(keyScales, 3), // [1, together, 1, far]
        middle,
      ]); // [1, together, group · size, far]
      const probabilities = body.op("Softmax", [scores], { axis: -1 }); // [1, together, group · size, far]
      const largest = largestOf(body, probabilities); // [1, together, group · size, 1]
      const step = body.op("Mul", [largest, float32(1 / 255)]); // [1, together, group · size, 1]
      const quants = body.op("QuantizeLinear", [
        body.op("Flatten", [probabilities], { axis: 3 }), // [together · group · size, far]
        body.op("Reshape", [step, g.ints(-1)]), // [together · group · size]
      ], { axis: 0 }); // [together · group · size, far] uint8
      const product = body.op("MatMulIntegerToFloat", [
        body.op("Reshape", [quants, body.op("Shape", [probabilities])]), // [1, together, group · size, far]
        slice(allValues, 2), // [1, together, far, headDim]
        one,
        body.op("Gather", [valueScales, unit], { axis: 0 }), // [1, together, 1, headDim]
      ]); // [1, together, group · size, headDim]
      const output = body.op("Mul", [product, step]); // [1, together, group · size, headDim]
      return { scores, largest, output };
    },
  };
}
