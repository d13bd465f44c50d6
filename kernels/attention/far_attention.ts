import type { ModelConfig } from "../../io/model_config.ts";
import type { AttentionSteps } from "./attention_steps.ts";
import { float, type GraphBuilder, type Value } from "../onnx/builder.ts";
import { attentionScale } from "../layers/layer_kind.ts";

/** A layer's rotated vectors. */
export interface FarInputs {
  readonly queries: Value; // [blocks, batch, kvHeads, group · size, headDim]
  readonly keys: Value; // [batch, kvHeads, rows, headDim]
  readonly values: Value; // [batch, kvHeads, rows, headDim]
}

/** Which part of a layer's keys and values a step takes. */
export interface FarSpan {
  /** KV heads, first key. */
  readonly start: Value; // [2] int64
  readonly end: Value; // [2] int64
}

/** What a step has of its far keys. */
export interface FarAttended {
  readonly scores: Value; // [1, together, group · size, far]
  /** The largest probability of every row. */
  readonly largest: Value; // [1, together, group · size, 1]
  readonly output: Value; // [1, together, group · size, headDim]
}

/** How steps attend to their far keys. */
export interface FarAttention {
  readonly queries: Value; // [blocks, batch, kvHeads, group · size, headDim]
  readonly dtype: "float32" | "uint8";
  /** Writes a step's part. */
  attend(
    body: GraphBuilder,
    query: Value, // [1, together, group · size, headDim]
    span: FarSpan,
  ): FarAttended;
}

/** Far attention in fp32. */
export function farAttention(
  g: GraphBuilder,
  { queries, keys, values }: FarInputs,
  { together, rows }: AttentionSteps,
  config: ModelConfig,
): FarAttention {
  const inUnits = (x: Value) =>
    g.op("Reshape", [
      x,
      g.op("Concat", [g.ints(-1), together, rows, g.ints(config.headDim)], {
        axis: 0,
      }),
    ]); // [units, together, rows, headDim]
  const [allKeys, allValues] = [inUnits(keys), inUnits(values)];
  return {
    queries,
    dtype: "float32",
    attend(body, query, { start, end }) {
      const slice = (x: Value) =>
        body.op("Slice", [x, start, end, g.ints(0, 2)]); // [1, together, far, headDim]
      const scores = body.op("FusedMatMul", [query, slice(allKeys)], {
        transB: 1,
        alpha: float(attentionScale(config)),
      }); // [1, together, group · size, far]
      const probabilities = body.op("Softmax", [scores], { axis: -1 }); // [1, together, group · size, far]
      return {
        scores,
        largest: largestOf(body, probabilities), // [1, together, group · size, 1]
        output: body.op("MatMul", [probabilities, slice(allValues)]), // [1, together, group · size, headDim]
      };
    },
  };
}

/** The largest of every row. */
export function largestOf(
  g: GraphBuilder,
  x: Value, // [..., rows, columns]
): Value {
  return g.op("ReduceMax", [x, g.ints(-1)], { keepdims: 1 }); // [..., rows, 1]
}
