import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** By what a token is drawn; the numbers mean what `SamplerOptions` of the stages says. */
export interface DrawRule {
  /** Above 0. */
  readonly temperature: number;
  /** 0 is off. */
  readonly topK: number;
  /** 1 is off. */
  readonly topP: number;
  /** 0 is off. */
  readonly minP: number;
}

/** Numbers of a rule as a graph takes it. */
export const RULE = 4;

/** Below every weight that a token can be drawn with: the smallest in fp32 is about 1e-45. */
const NO_WEIGHT = 1e-300;

/** A rule as {@linkcode drawToken} takes it, without cases: what is off is a number that leaves everything in. */
export function ruleNumbers(
  { temperature, topK, topP, minP }: DrawRule,
  vocab: number,
): Float64Array { // [RULE]
  return Float64Array.of(
    temperature,
    topK > 0 ? Math.min(topK, vocab) : vocab,
    topP < 1 ? topP : 2,
    minP > 0 ? minP : NO_WEIGHT,
  );
}

const FLOAT = 1;
const INT64 = 7;
const DOUBLE = 11;

/**
 * Numbers up to which CUDA's TopK does not keep equal ones in their order (its radix sort inside one block); behind it
 * all are sorted by one that does.
 */
const UNSTABLE = 4096;

/**
 * The token at `point` when the weights of those that a rule leaves are laid end to end, heaviest first: what `draw` of
 * `candidates` gives (stages/sampler.ts). Weights are fp32, of equal ones the smaller id comes first, and sums are fp64,
 * added in another order than there: only a point within some 1e-13 of the border between two tokens can fall to the
 * other one.
 *
 * The whole vocabulary is sorted, whatever the rule: `topP` needs the sum of all, and a sort bounded by what `topK` is
 * at run time cannot be recorded by a device. What a rule leaves is then the first few, found by counting.
 */
export function drawToken(
  g: GraphBuilder,
  logits: Value, // [1, 1, vocab]
  vocab: number,
  { point, rule }: {
    /** In [0, 1). */
    readonly point: Value; // [1, 1] float64
    /** See {@linkcode ruleNumbers}. */
    readonly rule: Value; // [RULE] float64
  },
): Value { // [1, 1] int64
  const [temperature, topK, topP, minP] = Array.from(
    { length: RULE },
    (_, i) => g.op("Gather", [rule, g.ints(i)]), // [1]
  );
  const double = (value: Value) => g.op("Cast", [value], { to: DOUBLE });
  const single = (value: Value) => g.op("Cast", [value], { to: FLOAT });
  const one = g.constant(Float32Array.of(1), [1]); // [1]

  const flat = g.op("Reshape", [g.single(logits), g.ints(1, vocab)]); // [1, vocab]
  const best = g.op("ReduceMax", [flat, g.ints(1)]); // [1, 1]
  const below = g.op("Sub", [double(flat), double(best)]); // [1, vocab]
  const weights = single(
    g.op("Exp", [g.op("Div", [below, temperature])]),
  ); // [1, vocab]
  const { rows, columns } = tableOf(vocab);
  const size = rows * columns;
  const padded = g.op("Pad", [weights, g.ints(0, 0, 0, size - vocab)]); // [1, size]
  const [sorted, ids] = g.ops("TopK", 2, [padded, g.ints(size)], { axis: 1 }); // [1, size]
  const weight = double(sorted!); // [1, size]
  const reached = runningSum(g, weight, rows, columns); // [1, size]

  const at = (from: Value, rank: Value) =>
    g.op("GatherElements", [from, g.op("Cast", [rank], { to: INT64 })], {
      axis: 1,
    }); // [1, 1]
  const count = (mask: Value) => g.op("ReduceSum", [single(mask), g.ints(1)]); // [1, 1]
  const before = (rank: Value) => g.op("Sub", [rank, one]);

  const most = g.op("Reshape", [single(topK!), g.ints(1, 1)]); // [1, 1]
  const share = g.op("Mul", [topP, at(reached, before(most))]); // [1, 1]
  const nucleus = g.op("Add", [count(g.op("Less", [reached, share])), one]); // [1, 1]
  const heavy = count(g.op("GreaterOrEqual", [weight, minP])); // [1, 1]
  const left = g.op("Max", [g.op("Min", [most, nucleus, heavy]), one]); // [1, 1]
  const last = before(left); // [1, 1]
  const target = g.op("Mul", [point, at(reached, last)]); // [1, 1]
  const passed = count(g.op("LessOrEqual", [reached, target])); // [1, 1]
  return at(ids!, g.op("Min", [passed, last])); // [1, 1]
}

/** Rows and columns of about the same number that hold a vocabulary. */
function tableOf(vocab: number): { rows: number; columns: number } {
  const size = Math.max(vocab, UNSTABLE + 1);
  const columns = Math.ceil(Math.sqrt(size));
  return { rows: Math.ceil(size / columns), columns };
}

/** Sums of all up to each, in two steps: CUDA's CumSum adds up anew for every number, which is the square of a row. */
function runningSum(
  g: GraphBuilder,
  numbers: Value, // [1, rows · columns]
  rows: number,
  columns: number,
): Value { // [1, rows · columns]
  const axis = (i: number) => g.constant(BigInt64Array.of(BigInt(i)), []); // []
  const table = g.op("Reshape", [numbers, g.ints(rows, columns)]); // [rows, columns]
  const inRow = g.op("CumSum", [table, axis(1)]); // [rows, columns]
  const totals = g.op("Slice", [
    inRow,
    g.ints(columns - 1),
    g.ints(columns),
    g.ints(1),
  ]); // [rows, 1]
  const above = g.op("CumSum", [totals, axis(0)], { exclusive: 1 }); // [rows, 1]
  const sums = g.op("Add", [inRow, above]); // [rows, columns]
  return g.op("Reshape", [sums, g.ints(1, rows * columns)]); // [1, rows · columns]
}
