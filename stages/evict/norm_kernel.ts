import type { GraphBuilder, Value } from "../../kernels/onnx/builder.ts";
import { cast } from "../../kernels/onnx/cast.ts";

/** Length of every key or value, in fp64 on the way as on the host. */
export function normsInGraph(
  g: GraphBuilder,
  x: Value, // [batch, kvHeads, rows, headDim]
): Value {
  const squares = g.op(
    "ReduceSumSquare",
    [cast(g, x, "float64"), g.ints(3)],
    { keepdims: 0 },
  ); // [batch, kvHeads, rows]
  return cast(g, g.op("Sqrt", [squares]), "float32"); // [batch, kvHeads, rows]
}
