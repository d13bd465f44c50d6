import type { ModelConfig } from "../../io/model_config.ts";
import type { AttentionSteps } from "./attention_steps.ts";
import { float, type GraphBuilder, type Value } from "../onnx/builder.ts";
import {
  type FarAttention,
  type FarInputs,
  largestOf,
} from "./far_attention.ts";
import { attentionScale } from "../layers/layer_kind.ts";

/** One layer's projections, and its keys and values by heads. */
export interface StepAttentionInputs {
  readonly query: Value; // [batch, rows, heads · headDim], rotated
  readonly key: Value; // [batch, rows, kvHeads · headDim], rotated
  readonly value: Value; // [batch, rows, kvHeads · headDim]
  readonly keys: Value; // [batch, kvHeads, rows, headDim], rotated
  readonly values: Value; // [batch, kvHeads, rows, headDim]
}

/**
 * Causal attention of a chunk over itself, step by step, each with its near keys in fp32 and its far keys as `far` has
 * them. No mask is added to far scores, and a step's scores stay in the cache.
 */
export function stepAttention(
  g: GraphBuilder,
  { query, key, value, keys, values }: StepAttentionInputs,
  steps: AttentionSteps,
  config: ModelConfig,
  far: (
    g: GraphBuilder,
    inputs: FarInputs,
    steps: AttentionSteps,
    config: ModelConfig,
  ) => FarAttention,
): Value {
  const { heads, kvHeads, headDim } = config;
  const { blocks, size, rows, together } = steps;
  const group = heads / kvHeads;
  const queries = inBlocks(g, query, group, steps, config); // [blocks, batch, kvHeads, group · size, headDim]
  const near = nearAttention(
    g,
    queries,
    withFirst(g, key, keys, steps, config), // [blocks, batch, kvHeads, 1 + size, headDim]
    withFirst(g, value, values, steps, config), // [blocks, batch, kvHeads, 1 + size, headDim]
    steps,
    config,
  );
  const farPart = far(g, { queries, keys, values }, steps, config);

  const height = g.op("Mul", [size, g.ints(group)]); // [1]
  const byStep = (x: Value, width: number) =>
    g.op("Reshape", [
      x,
      g.op("Concat", [g.ints(-1, 1), together, height, g.ints(width)], {
        axis: 0,
      }),
    ]); // [steps, 1, together, group · size, width]
  const body = g.body();
  const start = body.input("step_start", "int64", [2]); // [2]
  const end = body.input("step_end", "int64", [2]); // [2]
  const nothing = body.input("step_nothing", "float32", [1, 1, 1, 1]); // [1, 1, 1, 1]
  const shape = (width: number) => [1, "together", "height", width];
  const own = body.input("step_near", "float32", shape(headDim)); // [1, together, group · size, headDim]
  const ownTotal = body.input("step_total", "float32", shape(1)); // [1, together, group · size, 1]
  const picked = body.input("step_query", farPart.dtype, shape(headDim)); // [1, together, group · size, headDim]
  const attended = farPart.attend(body, picked, { start, end });
  const total = logTotal(
    body,
    body.op("Add", [largestOf(body, attended.scores), nothing]), // [1, together, group · size, 1]
    attended.largest,
  ); // [1, together, group · size, 1]
  const share = body.op("Sigmoid", [body.op("Sub", [total, ownTotal])]); // [1, together, group · size, 1]
  const change = body.op("Sub", [attended.output, own]); // [1, together, group · size, headDim]
  body.output(
    "step_attended",
    body.op("Add", [own, body.op("Mul", [share, change])]), // [1, together, group · size, headDim]
    "float32",
    shape(headDim),
  );
  const inputs = [
    steps.starts, // [steps, 2]
    steps.ends, // [steps, 2]
    steps.nothing, // [steps, 1, 1, 1, 1]
    byStep(near.output, headDim), // [steps, 1, together, group · size, headDim]
    byStep(near.total, 1), // [steps, 1, together, group · size, 1]
    byStep(farPart.queries, headDim), // [steps, 1, together, group · size, headDim]
  ];
  // The last step comes first: what it needs is the most, and serves all others, so that the arena does not grow.
  const all = g.op("Scan", inputs, {
    body,
    num_scan_inputs: inputs.length,
    scan_input_directions: inputs.map(() => 1),
    scan_output_directions: [1],
  }); // [steps, 1, together, group · size, headDim]
  const parts = g.op("Reshape", [
    all,
    g.op("Concat", [
      blocks,
      g.ints(-1, kvHeads, group),
      size,
      g.ints(headDim),
    ], { axis: 0 }), // [6]
  ]); // [blocks, batch, kvHeads, group, size, headDim]
  const turned = g.op("Transpose", [parts], { perm: [1, 0, 4, 2, 3, 5] }); // [batch, blocks, size, kvHeads, group, headDim]
  const padded = g.op("Reshape", [turned, g.ints(0, -1, heads * headDim)]); // [batch, blocks · size, heads · headDim]
  return g.op("Slice", [padded, g.ints(0), rows, g.ints(1)]); // [batch, rows, heads · headDim]
}

/** Attention of every block's rows over the first key and their own. */
function nearAttention(
  g: GraphBuilder,
  queries: Value, // [blocks, batch, kvHeads, group · size, headDim]
  keys: Value, // [blocks, batch, kvHeads, 1 + size, headDim]
  values: Value, // [blocks, batch, kvHeads, 1 + size, headDim]
  { causal, twice }: AttentionSteps,
  config: ModelConfig,
): { readonly output: Value; readonly total: Value } {
  const scores = g.op("FusedMatMul", [queries, keys], {
    transB: 1,
    alpha: float(attentionScale(config)),
  }); // [blocks, batch, kvHeads, group · size, 1 + size]
  const visible = g.op("Add", [g.op("Add", [scores, causal]), twice]); // [blocks, batch, kvHeads, group · size, 1 + size]
  const probabilities = g.op("Softmax", [visible], { axis: -1 }); // [blocks, batch, kvHeads, group · size, 1 + size]
  return {
    output: g.op("MatMul", [probabilities, values]), // [blocks, batch, kvHeads, group · size, headDim]
    total: logTotal(g, largestOf(g, visible), largestOf(g, probabilities)), // [blocks, batch, kvHeads, group · size, 1]
  };
}

/** The logarithm of what a softmax divided by, from the largest score and the largest probability. */
function logTotal(g: GraphBuilder, score: Value, probability: Value): Value {
  return g.op("Sub", [score, g.op("Log", [probability])]);
}

/** Rows in blocks by KV head, the last block filled with zeros. */
function inBlocks(
  g: GraphBuilder,
  x: Value, // [batch, rows, kvHeads · each · headDim]
  each: number,
  { blocks, size, missing }: AttentionSteps,
  { kvHeads, headDim }: ModelConfig,
): Value {
  const join = (...parts: Value[]) => g.op("Concat", parts, { axis: 0 });
  const pads = join(g.ints(0, 0, 0, 0), missing, g.ints(0)); // [6]
  const shape = join(g.ints(0), blocks, size, g.ints(kvHeads, each, headDim)); // [6]
  const parts = g.op("Reshape", [g.op("Pad", [x, pads]), shape]); // [batch, blocks, size, kvHeads, each, headDim]
  const turned = g.op("Transpose", [parts], { perm: [1, 0, 3, 4, 2, 5] }); // [blocks, batch, kvHeads, each, size, headDim]
  return g.op("Reshape", [turned, g.ints(0, 0, 0, -1, headDim)]); // [blocks, batch, kvHeads, each · size, headDim]
}

/** Keys or values in blocks, the chunk's first in front of each. */
function withFirst(
  g: GraphBuilder,
  x: Value, // [batch, rows, kvHeads · headDim]
  byHeads: Value, // [batch, kvHeads, rows, headDim]
  steps: AttentionSteps,
  config: ModelConfig,
): Value {
  const first = g.op("Slice", [byHeads, g.ints(0), g.ints(1), g.ints(2)]); // [batch, kvHeads, 1, headDim]
  const every = g.op("Expand", [
    first,
    g.op("Concat", [steps.blocks, g.ints(1, 1, 1, 1)], { axis: 0 }), // [5]
  ]); // [blocks, batch, kvHeads, 1, headDim]
  const own = inBlocks(g, x, 1, steps, config); // [blocks, batch, kvHeads, size, headDim]
  return g.op("Concat", [every, own], { axis: 3 }); // [blocks, batch, kvHeads, 1 + size, headDim]
}
