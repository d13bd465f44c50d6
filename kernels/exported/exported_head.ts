import type { NodeProto } from "onnx-buf";
import type { Value } from "../onnx/builder.ts";
import { cast } from "../onnx/cast.ts";
import type { ExportedBuilder } from "./exported_builder.ts";
import type { GraphIndex } from "./graph_index.ts";

/** Products whose first factor has a row for every token. */
const PRODUCTS = new Set(["MatMul", "MatMulNBits", "FusedMatMul"]);
/** What may stand between the product and the logits. */
const BEHIND = new Set(["Cast", "Div", "Identity", "Mul", "Tanh"]);

/** Logits of some rows in fp32; only these rows go through the LM head where it is a product of its own. */
export function exportedHead(
  g: ExportedBuilder,
  graph: GraphIndex,
  picked: Value, // [batch, picked] int64
): Value {
  const index = g.op("Unsqueeze", [picked, g.ints(2)]); // [batch, picked, 1]
  const pick = (x: Value) => g.op("GatherND", [x, index], { batch_dims: 1 }); // [batch, picked, …]
  const logits = g.original("logits");
  const product = headProduct(graph);
  if (product) g.reroute(product, 0, pick(g.original(product.input[0]!)));
  const rows = product ? logits : pick(logits); // [batch, picked, vocab]
  return g.decoder.layout.logitsType === 1 ? rows : cast(g, rows, "float32");
}

function headProduct(graph: GraphIndex): NodeProto | undefined {
  let node = graph.producer("logits");
  while (node && BEHIND.has(node.opType)) {
    const before = node.input.filter((name) =>
      graph.scalar(name) === undefined
    );
    if (before.length !== 1) return undefined;
    node = graph.producer(before[0]!);
  }
  const x = node?.input[0];
  const lone = x !== undefined && graph.producer(x) !== undefined;
  return node && PRODUCTS.has(node.opType) && lone ? node : undefined;
}
