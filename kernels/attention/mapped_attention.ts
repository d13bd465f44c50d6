import type { ModelConfig } from "../../io/model_config.ts";
import type { PositionMap } from "../../io/position_map.ts";
import { mergeHeads, scaledScores, splitHeads } from "./attention.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { RopeValues } from "../family/decoder_layer.ts";
import { mappedScores, type Pair } from "../rope/position_map.ts";
import { MASKED } from "./tail_bias.ts";

/** Rows of a block: its scores, by every place that queries have, are all that is held of the square. */
const ROWS = 64;
/** ONNX's number for int32. */
const INT32 = 6;

/** RoPE's table from position 0 on. */
export type TurnTable = Pick<RopeValues, "cos" | "sin">;

/** Projections of a chunk's rows before RoPE. */
interface Unturned {
  readonly query: Value; // [batch, rows, heads · headDim]
  readonly key: Value; // [batch, rows, kvHeads · headDim]
  readonly value: Value; // [batch, rows, kvHeads · headDim]
}

/**
 * Causal attention of a chunk over itself with mapped positions, block of rows by block of rows: for each of the map's
 * places queries and keys are turned and multiplied, and every pair takes the score that is meant for it. Plain fp32
 * operators: right, not fast. Keys come out as they came in.
 */
export function mappedAttention(
  g: GraphBuilder,
  { query, key, value }: Unturned,
  table: TurnTable,
  config: ModelConfig,
): { readonly output: Value; readonly keys: Value; readonly values: Value } {
  const { heads, kvHeads, headDim, ropeDim } = config;
  const map = mappedScores(config.positionMap!);
  const queries = splitHeads(g, query, headDim); // [batch, heads, rows, headDim]
  const keys = splitHeads(g, key, headDim); // [batch, kvHeads, rows, headDim]
  const values = splitHeads(g, value, headDim); // [batch, kvHeads, rows, headDim]
  const rows = g.op("Shape", [query], { start: 1, end: 2 }); // [1]
  const size = g.ints(ROWS); // [1]
  const number = (value: bigint) => g.constant(BigInt64Array.of(value), []); // []
  const all = g.op("Range", [number(0n), g.op("Squeeze", [rows]), number(1n)]); // [rows]
  const places = g.op("Cast", [all], { to: INT32 }); // [rows]
  const turnedKeys = map.keys.map((place) =>
    turnRows(g, keys, table, place(g, places), ropeDim) // [batch, kvHeads, rows, headDim]
  );
  const above = g.op("Add", [rows, g.ints(ROWS - 1)]); // [1]
  const count = g.op("Squeeze", [g.op("Div", [above, size])]); // []
  const lastRow = g.op("Sub", [rows, g.ints(1)]); // [1]

  const body = g.body();
  const index = body.input("index", "int64", []); // []
  const going = body.input("going", "bool", []); // []
  // The last block comes first: what it needs is the most, and serves all others, so that the arena does not grow.
  const at = body.op("Sub", [body.op("Sub", [count, number(1n)]), index]); // []
  const from = body.op("Mul", [body.op("Unsqueeze", [at, g.ints(0)]), size]); // [1]
  const end = body.op("Add", [from, size]); // [1]
  const to = body.op("Min", [end, rows]); // [1]
  const upTo = (x: Value, axis: number) =>
    body.op("Slice", [x, g.ints(0), to, g.ints(axis)]);
  const range = body.op("Range", [
    body.op("Squeeze", [from]),
    body.op("Squeeze", [end]),
    number(1n),
  ]); // [size]
  // Rows behind the chunk's end are the last one again, and cut away below.
  const picked = body.op("Min", [range, lastRow]); // [size]
  const rowPlaces = body.op("Cast", [picked], { to: INT32 }); // [size]
  const block = body.op("Gather", [queries, picked], { axis: 2 }); // [batch, heads, size, headDim]
  const pair: Pair = {
    row: body.op("Unsqueeze", [rowPlaces, g.ints(1)]), // [size, 1]
    entry: upTo(places, 0), // [to]
  };
  const scores = map.branches.map(({ query, key }) => {
    const place = query(body, rowPlaces); // [size]
    const turned = turnRows(body, block, table, place, ropeDim); // [batch, heads, size, headDim]
    const grouped = body.op("Reshape", [
      turned,
      g.ints(0, kvHeads, -1, headDim),
    ]); // [batch, kvHeads, group · size, headDim]
    return body.op("Reshape", [
      scaledScores(body, grouped, upTo(turnedKeys[key]!, 2), config), // [batch, kvHeads, group · size, to]
      g.ints(0, heads, ROWS, -1),
    ]); // [batch, heads, size, to]
  });
  const seen = body.op("LessOrEqual", [pair.entry, pair.row]); // [size, to]
  const visible = meant(
    body,
    scores,
    map.counts(body, pair).map((c) => body.op("And", [c, seen])), // branches × [size, to]
  ); // [batch, heads, size, to]
  const probabilities = body.op("Reshape", [
    body.op("Softmax", [visible], { axis: -1 }), // [batch, heads, size, to]
    g.ints(0, kvHeads, -1, 0),
  ]); // [batch, kvHeads, group · size, to]
  const attended = body.op("MatMul", [probabilities, upTo(values, 2)]); // [batch, kvHeads, group · size, headDim]
  body.output("still", going, "bool", []);
  body.output("attended", mergeHeads(body, attended, config), "float32", [
    "batch",
    ROWS,
    heads * headDim,
  ]); // [batch, size, heads · headDim]

  const blocks = g.op("Loop", [count, undefined], { body }); // [blocks, batch, size, heads · headDim]
  const back = g.ints(-1);
  const begin = g.ints(0);
  const forth = g.op("Slice", [blocks, back, g.ints(-(2 ** 31)), begin, back]); // [blocks, batch, size, heads · headDim]
  const ordered = g.op("Transpose", [forth], { perm: [1, 0, 2, 3] }); // [batch, blocks, size, heads · headDim]
  const padded = g.op("Reshape", [ordered, g.ints(0, -1, heads * headDim)]); // [batch, blocks · size, heads · headDim]
  const output = g.op("Slice", [padded, begin, rows, g.ints(1)]); // [batch, rows, heads · headDim]
  return { output, keys, values };
}

/** Scores of new rows by mapped positions, for any entries; what lies behind a row is not hidden yet. */
export function mappedRowScores(
  g: GraphBuilder,
  { queries, keys, rows, entries }: {
    readonly queries: Value; // [batch, heads, rows, headDim], before RoPE
    readonly keys: Value; // [batch, kvHeads, entries, headDim], before RoPE
    readonly rows: Value; // [batch, 1, rows] int32, positions
    readonly entries: Value; // [batch, kvHeads, entries] int32
  },
  table: TurnTable,
  map: PositionMap,
  config: ModelConfig,
): Value {
  const { heads, kvHeads, headDim, ropeDim } = config;
  const mapped = mappedScores(map);
  const turnedKeys = mapped.keys.map((place) =>
    turnRows(g, keys, table, place(g, entries), ropeDim) // [batch, kvHeads, entries, headDim]
  );
  const scores = mapped.branches.map(({ query, key }) => {
    const turned = turnRows(g, queries, table, query(g, rows), ropeDim); // [batch, heads, rows, headDim]
    const grouped = g.op("Reshape", [turned, g.ints(0, kvHeads, -1, headDim)]); // [batch, kvHeads, group · rows, headDim]
    return scaledScores(g, grouped, turnedKeys[key]!, config); // [batch, kvHeads, group · rows, entries]
  });
  const group = new Array<Value>(heads / kvHeads).fill(rows);
  const everyHead = g.op("Concat", group, { axis: 2 }); // [batch, 1, group · rows]
  const counts = mapped.counts(g, {
    row: g.op("Unsqueeze", [everyHead, g.ints(3)]), // [batch, 1, group · rows, 1]
    entry: g.op("Unsqueeze", [entries, g.ints(2)]), // [batch, kvHeads, 1, entries]
  }); // branches × [batch, kvHeads, group · rows, entries]
  return meant(g, scores, counts); // [batch, kvHeads, group · rows, entries]
}

/** Of every pair the score of the branch that counts; far below any where none does. Sums and maxima: `Where` over scores takes several times as long. */
function meant(
  g: GraphBuilder,
  scores: readonly Value[], // branches × [batch, heads, rows, entries]
  counts: readonly Value[], // branches × bool, broadcast to scores
): Value {
  const scalar = (value: number) => g.constant(Float32Array.of(value), []); // []
  const biased = scores.map((score, i) => {
    const bias = g.op("Where", [counts[i]!, scalar(0), scalar(MASKED)]);
    return g.op("Add", [score, bias]); // [batch, heads, rows, entries]
  });
  return g.op("Max", biased); // [batch, heads, rows, entries]
}

/** RoPE of vectors at any positions, by plain operators. */
function turnRows(
  g: GraphBuilder,
  x: Value, // [batch, heads, rows, headDim]
  { cos, sin }: TurnTable,
  positions: Value, // [rows], or [batch, heads or 1, rows], int32
  ropeDim: number,
): Value {
  const half = ropeDim / 2;
  const part = (from: number, to: number) =>
    g.op("Slice", [x, g.ints(from), g.ints(to), g.ints(3)]); // [batch, heads, rows, to − from]
  const [left, right] = [part(0, half), part(half, ropeDim)]; // 2 × [batch, heads, rows, ropeDim / 2]
  const c = g.op("Gather", [cos, positions]); // [… rows, ropeDim / 2]
  const s = g.op("Gather", [sin, positions]); // [… rows, ropeDim / 2]
  const times = (a: Value, b: Value) => g.op("Mul", [a, b]);
  return g.op("Concat", [
    g.op("Sub", [times(left, c), times(right, s)]), // [batch, heads, rows, ropeDim / 2]
    g.op("Add", [times(right, c), times(left, s)]), // [batch, heads, rows, ropeDim / 2]
    part(ropeDim, 2 ** 31 - 1), // [batch, heads, rows, headDim − ropeDim]
  ], { axis: 3 }); // [batch, heads, rows, headDim]
}
