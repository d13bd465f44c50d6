import type { ModelConfig } from "../../io/model_config.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { MASKED } from "./tail_bias.ts";

/** Rows of a block at most: with more, much is computed behind the diagonal; with fewer, keys are unpacked too often. */
export const STEP_ROWS = 64;

/** Scores of a step at most, where it is more than one KV head: they stay in a core's share of the cache. */
const SCORES = 2_500_000;

/**
 * How the attention of a chunk over itself is cut into steps: a block of rows by some KV heads of one batch item. What
 * a step's rows see are its own block and the chunk's first key (near), and the keys between both (far).
 */
export interface AttentionSteps {
  /** Rows of the chunk. */
  readonly rows: Value; // [1] int64
  readonly blocks: Value; // [1] int64
  /** Rows of a block. */
  readonly size: Value; // [1] int64
  /** Rows that the last block has behind the chunk's end. */
  readonly missing: Value; // [1] int64
  /** KV heads of a step. */
  readonly together: Value; // [1] int64
  /** The causal mask inside a block, the first key in front. */
  readonly causal: Value; // [group · size, 1 + size]
  /** Hides the first key from the first block, which has it among its own. */
  readonly twice: Value; // [blocks, 1, 1, 1, 1 + size]
  /** {@linkcode MASKED} where nothing is far, in the first block; else 0. */
  readonly nothing: Value; // [steps, 1, 1, 1, 1]
  /** Index of a step's KV heads, and its first far key. */
  readonly starts: Value; // [steps, 2] int64
  /** Both, behind the last. */
  readonly ends: Value; // [steps, 2] int64
}

/** Cuts the rows of `x`; made once a graph. */
export function attentionSteps(
  g: GraphBuilder,
  x: Value, // [batch, rows, hidden]
  { heads, kvHeads }: ModelConfig,
): AttentionSteps {
  const int = (value: number) =>
    g.constant(BigInt64Array.of(BigInt(value)), []); // []
  const float32 = (value: number) => g.constant(Float32Array.of(value), []); // []
  const upTo = (count: Value) =>
    g.op("Range", [int(0), g.op("Squeeze", [count]), int(1)]); // [count]
  const dividedUp = (a: Value, b: Value) =>
    g.op("Div", [g.op("Sub", [g.op("Add", [a, b]), g.ints(1)]), b]); // [1]
  const batch = g.op("Shape", [x], { start: 0, end: 1 }); // [1]
  const rows = g.op("Shape", [x], { start: 1, end: 2 }); // [1]
  const blocks = dividedUp(rows, g.ints(STEP_ROWS)); // [1]
  const size = dividedUp(rows, blocks); // [1]
  const few = g.op("Less", [
    rows,
    g.ints(Math.ceil(SCORES / heads / STEP_ROWS)),
  ]); // [1]
  const together = g.op("Where", [few, g.ints(kvHeads), g.ints(1)]); // [1]

  const square = g.op("Expand", [
    g.constant(Float32Array.of(MASKED), [1, 1]),
    g.op("Concat", [size, size], { axis: 0 }), // [2]
  ]); // [size, size]
  const above = g.op("Trilu", [square, int(1)], { upper: 1 }); // [size, size]
  const tiled = g.op("Tile", [above, g.ints(heads / kvHeads, 1)]); // [group · size, size]
  const causal = g.op("Pad", [tiled, g.ints(0, 1, 0, 0)]); // [group · size, 1 + size]

  const from = g.op("Unsqueeze", [
    g.op("Mul", [upTo(blocks), size]), // [blocks]
    g.ints(1),
  ]); // [blocks, 1]
  const first = g.op("Equal", [from, int(0)]); // [blocks, 1]
  const hidden = g.op("Where", [first, float32(MASKED), float32(0)]); // [blocks, 1]
  const behind = g.op("Concat", [g.ints(0, 0, 0), size], { axis: 0 }); // [4]
  const twice = g.op("Unsqueeze", [
    g.op("Pad", [hidden, behind]), // [blocks, 1 + size]
    g.ints(1, 2, 3),
  ]); // [blocks, 1, 1, 1, 1 + size]

  const units = g.op("Div", [
    g.op("Mul", [batch, g.ints(kvHeads)]), // [1]
    together,
  ]); // [1]
  const unit = upTo(units); // [units]
  const grid = g.op("Concat", [blocks, units], { axis: 0 }); // [2]
  const column = (value: Value) =>
    g.op("Reshape", [g.op("Expand", [value, grid]), g.ints(-1, 1)]); // [steps, 1]
  const pairs = (a: Value, b: Value) =>
    g.op("Concat", [column(a), column(b)], { axis: 1 }); // [steps, 2]
  return {
    rows,
    blocks,
    size,
    missing: g.op("Sub", [g.op("Mul", [blocks, size]), rows]), // [1]
    together,
    causal,
    twice,
    nothing: g.op("Unsqueeze", [column(hidden), g.ints(1, 2, 3)]), // [steps, 1, 1, 1, 1]
    // No step is without keys: the first block's takes one that it does not see.
    starts: pairs(unit, g.op("Min", [from, int(1)])), // [steps, 2]
    ends: pairs(
      g.op("Add", [unit, int(1)]), // [units]
      g.op("Max", [from, int(1)]), // [blocks, 1]
    ), // [steps, 2]
  };
}
