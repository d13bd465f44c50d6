import type { WeightData } from "../../io/weights.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { int8Product, spreadInt8Product } from "./int8_linear.ts";

/**
 * How linear layers are computed: `exact` in fp32; `fast` keeps the file's blocks and quantises the activations to
 * int8 by blocks (MatMulNBits' `accuracy_level` 4); `int8` multiplies whole numbers, weights rounded to 8 bits by
 * output and activations by row; `half` computes everything in 16 bits (see `HalfBuilder`).
 */
export type Accuracy = "exact" | "fast" | "int8" | "half";

/** A weight of a linear layer, `[out, in]`. */
export interface LinearWeight {
  readonly data: WeightData;
  readonly out: number;
  readonly in: number;
  readonly bias?: Float32Array; // [out]
  /** Its inputs have single large values, as the MLP's product has: 8-bit rows are spread before they are rounded. */
  readonly peaked?: boolean;
}

/** x Wᵀ + b, with W kept in the file's blocks where it has them. */
export function linear(
  g: GraphBuilder,
  x: Value, // [batch, rows, in]
  weight: LinearWeight,
  accuracy: Accuracy,
): Value {
  const { data, out, in: inner, bias, peaked } = weight;
  let y: Value; // [batch, rows, out]
  if (accuracy === "int8") {
    y = peaked
      ? spreadInt8Product(g, x, data, out, inner) // [batch, rows, out]
      : int8Product(g, x, data, out, inner); // [batch, rows, out]
  } else if (data.kind === "dense") {
    y = g.op("FusedMatMul", [x, g.constant(data.data, [out, inner])], {
      transB: 1,
    }); // [batch, rows, out]
  } else {
    const blocks = inner / data.blockSize;
    const bytes = data.blockSize * data.bits / 8;
    y = g.op("MatMulNBits", [
      x,
      g.constant(data.quants, [out, blocks, bytes]),
      g.constant(data.scales, [out, blocks]),
    ], {
      K: inner,
      N: out,
      bits: data.bits,
      block_size: data.blockSize,
      accuracy_level: accuracy === "fast" ? 4 : 1,
    }); // [batch, rows, out]
    if (data.mins) {
      y = g.op("Add", [y, blockMins(g, x, data.mins, out, blocks)]); // [batch, rows, out]
    }
  }
  if (!bias) return y;
  return g.op("Add", [y, g.constant(bias, [out])]); // [batch, rows, out]
}

/**
 * The minimum that asymmetric formats (Q4_1, Q4_K, Q5_K) add to every weight of a block: Σ_blocks min · Σ x.
 * A thin fp32 product beside the symmetric one, so that the quantised kernel stays on its fast path.
 */
function blockMins(
  g: GraphBuilder,
  x: Value, // [batch, rows, in]
  mins: Float32Array, // [out, blocks]
  out: number,
  blocks: number,
): Value {
  const split = g.op("Reshape", [x, g.ints(0, 0, blocks, -1)]); // [batch, rows, blocks, blockSize]
  const sums = g.op("ReduceSum", [split, g.ints(3)], { keepdims: 0 }); // [batch, rows, blocks]
  return g.op("FusedMatMul", [sums, g.constant(mins, [out, blocks])], {
    transB: 1,
  }); // [batch, rows, out]
}
