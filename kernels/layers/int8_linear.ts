import type { WeightData } from "../../io/weights.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { dequantizeRow } from "./embedding.ts";
import { rotateRows, rotationMatrix } from "./rotation.ts";

/** A matrix in 8 bits, one scale for each output: what ONNX Runtime's integer products take. */
export interface Int8Columns {
  readonly quants: Int8Array; // [in, out]
  readonly scales: Float32Array; // [out]
}

/** x Wᵀ in whole numbers: every row of x and every output of W has its own scale; sums are exact, in int32. */
export function int8Product(
  g: GraphBuilder,
  x: Value, // [batch, rows, in]
  weight: WeightData,
  out: number,
  inner: number,
): Value {
  const { quants, scales } = int8Columns(weight, out, inner);
  const float32 = (value: number) => g.constant(Float32Array.of(value), []); // []
  const middle = (shape: number[]) => g.constant(Uint8Array.of(128), shape);
  // The largest magnitude of a row; not 0, for rows of padding are.
  const largest = g.op("Max", [
    g.op("ReduceMax", [x, g.ints(2)], { keepdims: 1 }),
    g.op("Neg", [g.op("ReduceMin", [x, g.ints(2)], { keepdims: 1 })]),
    float32(1e-30),
  ]); // [batch, rows, 1]
  const rowScales = g.op("Mul", [largest, float32(1 / 127)]); // [batch, rows, 1]
  const flat = g.op("Reshape", [rowScales, g.ints(-1)]); // [batch · rows]
  const rows = g.op("QuantizeLinear", [
    g.op("Reshape", [x, g.ints(-1, inner)]), // [batch · rows, in]
    flat,
    g.op("Expand", [middle([1]), g.op("Shape", [flat])]), // [batch · rows]
  ], { axis: 0 }); // [batch · rows, in] uint8
  const product = g.op("MatMulIntegerToFloat", [
    rows,
    g.constant(quants, [inner, out]),
    float32(1),
    g.constant(scales, [out]),
    middle([]),
  ]); // [batch · rows, out]
  const size = g.op("Shape", [x], { start: 0, end: 2 }); // [2]
  const shape = g.op("Concat", [size, g.ints(out)], { axis: 0 }); // [3]
  const split = g.op("Reshape", [product, shape]); // [batch, rows, out]
  return g.op("Mul", [split, rowScales]); // [batch, rows, out]
}

/** Channels that are spread over each other, at most: the product with their matrix costs little. */
const SPREAD = 64;

/** The same product of rotated rows with rotated weights: a value that stands out does not take the range of all others. */
export function spreadInt8Product(
  g: GraphBuilder,
  x: Value, // [batch, rows, in]
  weight: WeightData,
  out: number,
  inner: number,
): Value {
  let block = 1;
  while (block < SPREAD && inner % (block * 2) === 0) block *= 2;
  const matrix = denseRows(weight, out, inner); // [out, in]
  rotateRows(matrix, block);
  const parts = g.op("Reshape", [x, g.ints(0, -1, block)]); // [batch, rows · blocks, block]
  const rotation = g.constant(rotationMatrix(block), [block, block]);
  const rotated = g.op("MatMul", [parts, rotation]); // [batch, rows · blocks, block]
  const rows = g.op("Reshape", [rotated, g.ints(0, -1, inner)]); // [batch, rows, in]
  return int8Product(g, rows, { kind: "dense", data: matrix }, out, inner); // [batch, rows, out]
}

/** Rounds every output's weights to 8 bits of its largest magnitude. */
export function int8Columns(
  weight: WeightData,
  out: number,
  inner: number,
): Int8Columns {
  const quants = new Int8Array(inner * out); // [in, out]
  const scales = new Float32Array(out); // [out]
  const matrix = weight.kind === "dense"
    ? weight.data
    : denseRows(weight, out, inner); // [out, in]
  for (let o = 0; o < out; o++) {
    const row = matrix.subarray(o * inner, (o + 1) * inner); // [in]
    let largest = 0;
    for (const w of row) largest = Math.max(largest, Math.abs(w));
    const scale = largest / 127;
    scales[o] = scale;
    if (scale === 0) continue;
    for (let i = 0; i < inner; i++) {
      quants[i * out + o] = Math.round(row[i]! / scale);
    }
  }
  return { quants, scales };
}

/** A copy of the weights in fp32. */
function denseRows(
  weight: WeightData,
  out: number,
  inner: number,
): Float32Array {
  if (weight.kind === "dense") return weight.data.slice(); // [out, in]
  const matrix = new Float32Array(out * inner); // [out, in]
  for (let o = 0; o < out; o++) {
    dequantizeRow(weight, o, matrix.subarray(o * inner, (o + 1) * inner));
  }
  return matrix;
}
