import { TensorProto_DataType as Elem } from "onnx-buf";
import type { GraphBuilder, Value } from "./builder.ts";

const codes = {
  float32: Elem.FLOAT,
  float64: Elem.DOUBLE,
  int32: Elem.INT32,
} as const;

/**
 * The same values as another type.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { cast, defineEvictor, evictorOf } from "parallelcomp";
 *
 * const longest = defineEvictor({
 *   name: "my.longest",
 *   score({ keys, headDim }, out) {
 *     for (let i = 0; i < out.length; i++) {
 *       out[i] = Math.hypot(...keys.subarray(i * headDim, (i + 1) * headDim));
 *     }
 *   },
 *   kernel: (g, { keys }) => {
 *     const exact = cast(g, keys, "float64"); // as JavaScript's numbers are
 *     const norms = g.op("ReduceL2", [exact, g.ints(3)], { keepdims: 0 });
 *     return cast(g, norms, "float32"); // [batch, kvHeads, rows]
 *   },
 * });
 * assert(evictorOf(longest)?.kernel);
 * ```
 */
export function cast(
  g: GraphBuilder,
  x: Value,
  type: keyof typeof codes,
): Value {
  return g.op("Cast", [x], { to: codes[type] });
}

/** Sum or mean over one axis, in fp64 as the host does it, so that the order of the terms does not decide about ties. */
export function reduceExactly(
  g: GraphBuilder,
  x: Value,
  how: "sum" | "mean",
  options: { readonly axis: number; readonly keep: boolean },
): Value {
  const op = how === "sum" ? "ReduceSum" : "ReduceMean";
  const reduced = g.op(op, [cast(g, x, "float64"), g.ints(options.axis)], {
    keepdims: options.keep ? 1 : 0,
  });
  return cast(g, reduced, "float32");
}
