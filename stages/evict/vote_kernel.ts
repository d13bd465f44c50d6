import type { GraphBuilder, Value } from "../../kernels/onnx/builder.ts";
import { cast, reduceExactly } from "../../kernels/onnx/cast.ts";
import type { EntryKernelInput } from "../../kernels/eviction/eviction.ts";
import type { VoteOptions } from "./votes.ts";

/** What `countVotes` does, as an ONNX fragment; attention is 0 where a row is no entry, which no pool then sees. */
export function countVotesInGraph(
  g: GraphBuilder,
  { heads, kvHeads, real, entries }: EntryKernelInput,
  attention: Value, // [batch, heads, rows]
  { pool, pooling, reduce }: VoteOptions,
): Value {
  const groups = g.op("Reshape", [
    attention,
    g.ints(0, kvHeads, heads / kvHeads, -1),
  ]); // [batch, kvHeads, group, rows]
  const votes = reduce === "sum" || reduce === "mean"
    ? reduceExactly(g, groups, reduce, { axis: 2, keep: false }) // [batch, kvHeads, rows]
    : g.op("ReduceMax", [groups, g.ints(2)], { keepdims: 0 }); // [batch, kvHeads, rows]
  const pooled = pool === 1 ? votes : poolRows(g, votes, pool, pooling); // [batch, kvHeads, rows]
  if (reduce !== "defensive") return pooled;
  const zero = g.constant(Float32Array.of(0), []); // []
  const held = g.op("Where", [real, pooled, zero]); // [batch, kvHeads, rows]
  const total = reduceExactly(g, held, "sum", { axis: 2, keep: true }); // [batch, kvHeads, 1]
  const mean = g.op("Div", [total, cast(g, entries, "float32")]); // [batch, kvHeads, 1]
  return g.op("Max", [pooled, mean]); // [batch, kvHeads, rows]
}

/** A pool of odd width around every row. */
function poolRows(
  g: GraphBuilder,
  votes: Value, // [batch, kvHeads, rows]
  width: number,
  pooling: VoteOptions["pooling"],
): Value {
  const reach = (width - 1) / 2;
  const shape = { kernel_shape: [width], pads: [reach, reach], strides: [1] };
  return pooling === "max"
    ? g.op("MaxPool", [votes], shape) // [batch, kvHeads, rows]
    : g.op("AveragePool", [votes], { ...shape, count_include_pad: 1 }); // [batch, kvHeads, rows]
}
