import { cast, reduceExactly } from "../onnx/cast.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** The largest finite score: infinity is for entries that are protected. */
const MOST = 3.4028234663852886e38;

/** What the choice of entries needs to know of a padded batch. */
export interface ChoiceInputs {
  readonly positions: Value; // [rows] int64
  /** Whether a row is an entry of its item. */
  readonly real: Value; // [batch, 1, rows] bool
  /** Whether it is kept whatever its score. */
  readonly safe: Value; // [batch, 1, rows] bool
  /** Entries that every item keeps. */
  readonly keep: Value; // [batch, 1, 1] int64
  /** The most of them. */
  readonly most: Value; // [1] int64
}

const float = (g: GraphBuilder, value: number) =>
  g.constant(Float32Array.of(value), []); // []

/** Scores with infinite ones brought to the largest finite ones. */
export function finiteScores(g: GraphBuilder, scores: Value): Value {
  return g.op("Clip", [scores, float(g, -MOST), float(g, MOST)]); // [batch, kvHeads, rows]
}

/** Where the first score of a real entry is no number: 1 + head · rows + row; 0 where all are numbers. */
export function notNumbers(
  g: GraphBuilder,
  scores: Value, // [batch, kvHeads, rows]
  real: Value, // [batch, 1, rows] bool
): Value {
  const bad = g.op("And", [g.op("IsNaN", [scores]), real]); // [batch, kvHeads, rows]
  // As floats: CUDA has no ArgMax of whole numbers.
  const flat = g.op("Flatten", [cast(g, bad, "float32")]); // [batch, kvHeads · rows]
  const first = g.op("ArgMax", [flat], { axis: 1 }); // [batch, 1] int64
  const any = g.op("GatherElements", [flat, first], { axis: 1 }); // [batch, 1]
  const one = g.constant(Int32Array.of(1), []); // []
  const place = g.op("Add", [cast(g, first, "int32"), one]); // [batch, 1]
  const marked = g.op("Mul", [cast(g, any, "int32"), place]); // [batch, 1]
  return g.op("Squeeze", [marked, g.ints(1)]); // [batch]
}

/** Mean scores of those who keep the same entries, in place of the heads'. */
export function sharedScores(
  g: GraphBuilder,
  scores: readonly Value[], // layers × [batch, kvHeads, rows]
): Value {
  const all = scores.length === 1
    ? scores[0]!
    : g.op("Concat", scores, { axis: 1 }); // [batch, layers · kvHeads, rows]
  return reduceExactly(g, all, "mean", { axis: 1, keep: true }); // [batch, 1, rows]
}

/**
 * Rows of the best entries of each set, in order: protected ones first, then by score, of equal scores the smaller
 * row. An item that keeps fewer than `most` has rows of no meaning behind them.
 */
export function chooseRows(
  g: GraphBuilder,
  scores: Value, // [batch, sets, rows]
  { positions, real, safe, keep, most }: ChoiceInputs,
): Value {
  const lifted = g.op("Where", [safe, float(g, Infinity), scores]); // [batch, sets, rows]
  const ranked = g.op("Where", [real, lifted, float(g, -Infinity)]); // [batch, sets, rows]
  const [, best] = g.ops("TopK", 2, [ranked, most]); // [batch, sets, most], the best first
  const int = (value: bigint) => g.constant(BigInt64Array.of(value), []); // []
  const rank = g.op("Range", [
    int(0n),
    g.op("Squeeze", [most]), // []
    int(1n),
  ]); // [most]
  const rows = g.op("Shape", [positions]); // [1]
  const wanted = g.op("Where", [
    g.op("Less", [rank, keep]), // [batch, 1, most]
    best!,
    rows,
  ]); // [batch, sets, most]
  const [sorted] = g.ops("TopK", 2, [wanted, most], { largest: 0 }); // [batch, sets, most]
  return g.op("Min", [sorted!, g.op("Sub", [rows, g.ints(1)])]); // [batch, sets, most]
}

/** The chosen rows of keys or values. */
export function gatherRows(
  g: GraphBuilder,
  x: Value, // [batch, kvHeads, rows, headDim]
  chosen: Value, // [batch, kvHeads, kept] int64
): Value {
  const index = g.op("Unsqueeze", [chosen, g.ints(3)]); // [batch, kvHeads, kept, 1]
  return g.op("GatherND", [x, index], { batch_dims: 2 }); // [batch, kvHeads, kept, headDim]
}
