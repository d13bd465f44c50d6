import { TensorProto_DataType as Elem } from "onnx-buf";
import type { GraphBuilder, Value } from "./builder.ts";

const codes = {
  float32: Elem.FLOAT,
  float64: Elem.DOUBLE,
  int32: Elem.INT32,
} as const;

/** The same values as another type. */
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
