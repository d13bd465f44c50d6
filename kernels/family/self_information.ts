import type { GraphBuilder, Value } from "../onnx/builder.ts";

/** log P of each row's target, natural log in fp32: the question's self-information is minus their sum (paper eq. 3). */
export function targetLogProbs(
  g: GraphBuilder,
  logits: Value, // [batch, rows, vocab]
  targets: Value, // [batch, rows] int64
): Value {
  const logProbs = g.op("LogSoftmax", [g.single(logits)], {
    axis: -1,
  }); // [batch, rows, vocab]
  const index = g.op("Unsqueeze", [targets, g.ints(-1)]); // [batch, rows, 1]
  const picked = g.op("GatherElements", [logProbs, index], { axis: -1 }); // [batch, rows, 1]
  return g.op("Squeeze", [picked, g.ints(-1)]); // [batch, rows]
}
