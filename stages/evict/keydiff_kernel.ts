import type { GraphBuilder, Value } from "../../kernels/onnx/builder.ts";
import { cast } from "../../kernels/onnx/cast.ts";
import type { EntryKernelInput } from "../../kernels/eviction/eviction.ts";

/** −cos(k, mean of the head's unit keys) as an ONNX fragment, in fp64 on the way as on the host. */
export function keyDifferenceInGraph(
  g: GraphBuilder,
  { keys, real, entries }: Pick<EntryKernelInput, "keys" | "real" | "entries">,
): Value {
  const number = (value: number) =>
    cast(g, g.constant(Float32Array.of(value), []), "float64"); // []
  const sum = (x: Value, axis: number) =>
    g.op("ReduceSum", [x, g.ints(axis)], { keepdims: 1 });
  const length = (x: Value) => g.op("Sqrt", [sum(g.op("Mul", [x, x]), 3)]);
  const own = g.op("Where", [
    g.op("Unsqueeze", [real, g.ints(3)]), // [batch, 1, rows, 1]
    cast(g, keys, "float64"),
    number(0),
  ]); // [batch, kvHeads, rows, headDim]
  const size = length(own); // [batch, kvHeads, rows, 1]
  const unit = g.op("Div", [own, g.op("Max", [size, number(1e-12)])]); // [batch, kvHeads, rows, headDim]
  const count = g.op("Unsqueeze", [cast(g, entries, "float64"), g.ints(3)]); // [batch, 1, 1, 1]
  const anchor = g.op("Div", [sum(unit, 2), count]); // [batch, kvHeads, 1, headDim]
  const scale = g.op("Mul", [
    g.op("Max", [length(anchor), number(1e-8)]), // [batch, kvHeads, 1, 1]
    g.op("Max", [size, number(1e-8)]), // [batch, kvHeads, rows, 1]
  ]); // [batch, kvHeads, rows, 1]
  const dot = sum(g.op("Mul", [own, anchor]), 3); // [batch, kvHeads, rows, 1]
  const cosine = g.op("Squeeze", [g.op("Div", [dot, scale]), g.ints(3)]); // [batch, kvHeads, rows]
  return cast(g, g.op("Neg", [cosine]), "float32"); // [batch, kvHeads, rows]
}
