import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightData } from "../../io/weights.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** ONNX's number for fp32. */
const FLOAT = 1;

/**
 * The rows of `ids` out of an embedding table, in fp32. A table in blocks stays so: only the rows that are looked up are
 * decoded. One that is also the LM head's weight is held once.
 */
export function lookupRows(
  g: GraphBuilder,
  ids: Value, // [batch, rows] int64
  table: WeightData, // [vocab, hidden]
  { vocab, hidden, embeddingScale = 1 }: ModelConfig,
): Value {
  const rows = table.kind === "dense"
    ? g.op("Gather", [g.constant(table.data, [vocab, hidden]), ids]) // [batch, rows, hidden]
    : blockRows(g, ids, table, vocab, hidden); // [batch, rows, hidden]
  if (embeddingScale === 1) return rows;
  return g.op("Mul", [rows, scalar(g, embeddingScale)]); // [batch, rows, hidden]
}

/** w = scale · (q − offset) + min, of the blocks of some rows. */
function blockRows(
  g: GraphBuilder,
  ids: Value, // [batch, rows] int64
  { bits, blockSize, quants, scales, mins }: Extract<
    WeightData,
    { kind: "blocks" }
  >,
  vocab: number,
  hidden: number,
): Value {
  const blocks = hidden / blockSize;
  const bytes = blockSize * bits / 8;
  const packed = g.constant(quants, [vocab, blocks, bytes]);
  const stored = g.op("Cast", [g.op("Gather", [packed, ids])], { to: FLOAT }); // [batch, rows, blocks, bytes]
  const numbers = bits === 8 ? stored : nibbles(g, stored, blockSize); // [batch, rows, blocks, blockSize]
  const ofBlocks = (data: Float32Array) =>
    g.op("Unsqueeze", [
      g.op("Gather", [g.constant(data, [vocab, blocks]), ids]), // [batch, rows, blocks]
      g.ints(3),
    ]); // [batch, rows, blocks, 1]
  const offset = scalar(g, bits === 8 ? 128 : 8);
  let rows = g.op("Mul", [
    g.op("Sub", [numbers, offset]),
    ofBlocks(scales),
  ]); // [batch, rows, blocks, blockSize]
  if (mins) rows = g.op("Add", [rows, ofBlocks(mins)]); // [batch, rows, blocks, blockSize]
  return g.op("Reshape", [rows, g.ints(0, 0, hidden)]); // [batch, rows, hidden]
}

/** Two 4-bit numbers out of every byte, the low one first. */
function nibbles(
  g: GraphBuilder,
  bytes: Value, // [batch, rows, blocks, bytes] fp32
  blockSize: number,
): Value {
  const sixteen = scalar(g, 16);
  const high = g.op("Floor", [g.op("Div", [bytes, sixteen])]); // [batch, rows, blocks, bytes]
  const low = g.op("Sub", [bytes, g.op("Mul", [high, sixteen])]); // [batch, rows, blocks, bytes]
  const last = g.ints(4);
  const pairs = g.op("Concat", [
    g.op("Unsqueeze", [low, last]),
    g.op("Unsqueeze", [high, last]),
  ], { axis: 4 }); // [batch, rows, blocks, bytes, 2]
  return g.op("Reshape", [pairs, g.ints(0, 0, 0, blockSize)]); // [batch, rows, blocks, blockSize]
}

function scalar(g: GraphBuilder, value: number): Value {
  return g.constant(Float32Array.of(value), []); // []
}
