import { TensorProto_DataType as Elem } from "onnx-buf";
import type { GraphBuilder, Op, Value } from "../onnx/builder.ts";
import { MASKED } from "../attention/tail_bias.ts";

/**
 * Replaces what ONNX Runtime's WebGPU kernels lack or get wrong, so that tensors do not go back and forth between the
 * card and the processor:
 *
 * - `FusedMatMul` has no kernel; `MatMul` and `Transpose` have.
 * - `GroupQueryAttention` is flash attention, which is wrong where a card's subgroups are smaller than its tiles
 *   (github.com/microsoft/onnxruntime/issues/26064; on SwiftShader every row behind the fourth). Plain attention holds
 *   all scores of a layer at once: heads × rows² × 4 bytes a chunk.
 * - fp64 does not exist: sums that decide about near ties are fp32.
 */
export function lowerForWebgpu(g: GraphBuilder): void {
  const rules: Readonly<Record<string, (op: Op) => readonly Value[]>> = {
    Cast: (op) => [asFloat(g, op)],
    FusedMatMul: (op) => [product(g, op)],
    GroupQueryAttention: (op) => plainAttention(g, op),
  };
  g.rewrite((op) => {
    if (op.type === "Cast" && op.attributes.to !== Elem.DOUBLE) return;
    return rules[op.type]?.(op);
  });
}

function asFloat(g: GraphBuilder, { inputs }: Op): Value {
  return g.op("Cast", inputs, { to: Elem.FLOAT });
}

/** Of operands with four axes, or with a constant matrix: its transpose is computed once, when the session opens. */
function product(g: GraphBuilder, { inputs, attributes }: Op): Value {
  const [a, b] = inputs as [Value, Value];
  const scale = numberOf(attributes.alpha, 1);
  const left = scale === 1
    ? a
    : g.op("Mul", [a, g.constant(Float32Array.of(scale), [])]);
  if (!attributes.transB) return g.op("MatMul", [left, b]);
  return g.op("MatMul", [left, transposed(g, b, g.rank(b) ?? 4)]);
}

/** Causal attention over a chunk's own rows, with all scores at once; and its keys and values by heads. */
function plainAttention(g: GraphBuilder, { inputs, attributes }: Op): Value[] {
  const [q, k, v] = inputs as [Value, Value, Value]; // [batch, rows, heads · headDim]
  const heads = numberOf(attributes.num_heads);
  const kvHeads = numberOf(attributes.kv_num_heads);
  const float32 = (value: number) => g.constant(Float32Array.of(value), []); // []
  const byHeads = (x: Value, count: number) =>
    g.op("Transpose", [
      g.op("Reshape", [x, g.ints(0, 0, count, -1)]), // [batch, rows, heads, headDim]
    ], { perm: [0, 2, 1, 3] }); // [batch, heads, rows, headDim]
  const keys = byHeads(k, kvHeads); // [batch, kvHeads, rows, headDim]
  const values = byHeads(v, kvHeads); // [batch, kvHeads, rows, headDim]
  const scaled = g.op("Mul", [q, float32(numberOf(attributes.scale))]); // [batch, rows, heads · headDim]
  const query = g.op("Reshape", [
    byHeads(scaled, heads), // [batch, heads, rows, headDim]
    g.ints(0, kvHeads, -1, 0),
  ]); // [batch, kvHeads, group · rows, headDim]
  let scores = g.op("Reshape", [
    g.op("MatMul", [query, transposed(g, keys, 4)]), // [batch, kvHeads, group · rows, rows]
    g.ints(0, heads, -1, 0),
  ]); // [batch, heads, rows, rows]
  const cap = numberOf(attributes.softcap, 0);
  if (cap > 0) {
    const part = g.op("Tanh", [g.op("Div", [scores, float32(cap)])]); // [batch, heads, rows, rows]
    scores = g.op("Mul", [part, float32(cap)]); // [batch, heads, rows, rows]
  }
  const window = numberOf(attributes.local_window_size, -1);
  const visible = g.op("Add", [scores, causalBias(g, k, window)]); // [batch, heads, rows, rows]
  const probabilities = g.op("Reshape", [
    g.op("Softmax", [visible], { axis: -1 }), // [batch, heads, rows, rows]
    g.ints(0, kvHeads, -1, 0),
  ]); // [batch, kvHeads, group · rows, rows]
  const attended = g.op("Reshape", [
    g.op("MatMul", [probabilities, values]), // [batch, kvHeads, group · rows, headDim]
    g.ints(0, heads, -1, 0),
  ]); // [batch, heads, rows, headDim]
  const output = g.op("Reshape", [
    g.op("Transpose", [attended], { perm: [0, 2, 1, 3] }), // [batch, rows, heads, headDim]
    g.ints(0, 0, -1),
  ]); // [batch, rows, heads · headDim]
  return [output, keys, values];
}

/** {@linkcode MASKED} where a key lies behind its row or a window before it; the optimizer makes the layers' one. */
function causalBias(
  g: GraphBuilder,
  x: Value, // [batch, rows, width]
  window: number,
): Value {
  const int = (value: bigint) => g.constant(BigInt64Array.of(value), []); // []
  const float32 = (value: number) => g.constant(Float32Array.of(value), []); // []
  const count = g.op("Squeeze", [g.op("Shape", [x], { start: 1, end: 2 })]); // []
  const key = g.op("Cast", [
    g.op("Range", [int(0n), count, int(1n)]), // [rows]
  ], { to: Elem.FLOAT }); // [rows]
  const row = g.op("Unsqueeze", [key, g.ints(1)]); // [rows, 1]
  const masked = float32(MASKED); // []
  const none = float32(0); // []
  const causal = g.op("Where", [
    g.op("Greater", [key, row]), // [rows, rows]
    masked,
    none,
  ]); // [rows, rows]
  if (window < 0) return causal;
  const oldest = g.op("Sub", [row, float32(window)]); // [rows, 1]: the last one that is not seen
  return g.op("Where", [
    g.op("Greater", [key, oldest]), // [rows, rows]
    causal,
    masked,
  ]); // [rows, rows]
}

/** The last two axes swapped. */
function transposed(g: GraphBuilder, x: Value, rank: number): Value {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const perm = [...axes.slice(0, -2), rank - 1, rank - 2];
  return g.op("Transpose", [x], { perm });
}

function numberOf(
  attribute: Op["attributes"][string] | undefined,
  otherwise?: number,
): number {
  if (typeof attribute === "number") return attribute;
  if (typeof attribute === "object" && "float" in attribute) {
    return attribute.float;
  }
  if (otherwise !== undefined) return otherwise;
  throw new TypeError("An operator lacks an attribute that it must have");
}
