import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** cap · tanh(x / cap): numbers that never pass the cap; without a cap as they are. */
export function softCap(
  g: GraphBuilder,
  x: Value,
  cap: number | undefined,
): Value {
  if (cap === undefined) return x;
  const scalar = (value: number) => g.constant(Float32Array.of(value), []); // []
  return softCapped(g, g.op("Mul", [x, scalar(1 / cap)]), cap);
}

/** The same of numbers that are divided by the cap already. */
export function softCapped(g: GraphBuilder, ratios: Value, cap: number): Value {
  const scalar = g.constant(Float32Array.of(cap), []); // []
  return g.op("Mul", [g.op("Tanh", [ratios]), scalar]);
}
