import type { NodeProto } from "onnx-buf";
import { type AttentionSite, UnreadableAttention } from "./attention_site.ts";
import { attribute, type GraphIndex } from "./graph_index.ts";

/** Operators that only lay keys or values out anew, or repeat them for the heads of a group. */
const CARRY = new Set([
  "Cast",
  "Expand",
  "Identity",
  "Reshape",
  "Tile",
  "Transpose",
  "Unsqueeze",
]);
/** Operators between scores and softmax, and between softmax and the product with the values. */
const BETWEEN = new Set([
  "Add",
  "Cast",
  "Dropout",
  "Identity",
  "IsNaN",
  "Softmax",
  "Where",
]);

/** Attention that is written out: query · keyᵀ, mask, softmax, · values, behind Concat(past, new). */
export function writtenSite(
  graph: GraphIndex,
  concats: { readonly key: NodeProto; readonly value: NodeProto },
): AttentionSite {
  const scores = productOf(graph, concats.key);
  const output = productOf(graph, concats.value);
  const query = withoutScale(graph, scores.node.input[0]!);
  const { factor, cap } = followScores(graph, scores.node, output.node);
  return {
    op: "Softmax",
    form: "heads",
    query: query.name,
    key: concats.key.input[1]!,
    value: concats.value.input[1]!,
    packed: false,
    output: output.node.output[0]!,
    ...(output.type !== undefined && { outputType: output.type }),
    scale: scores.scale * query.scale * factor * (cap ?? 1),
    ...(cap !== undefined && { scoreCap: cap }),
  };
}

/** A product of attention. */
interface Product {
  readonly node: NodeProto;
  /** What multiplies its second factor before. */
  readonly scale: number;
  /** Element type that its second factor is cast to, if it is. */
  readonly type: number | undefined;
}

/** The product whose second factor keys or values become. */
function productOf(graph: GraphIndex, concat: NodeProto): Product {
  const waiting: { name: string; scale: number; type: number | undefined }[] = [
    { name: concat.output[0]!, scale: 1, type: undefined },
  ];
  const seen = new Set<string>();
  while (waiting.length > 0) {
    const { name, scale, type } = waiting.pop()!;
    if (seen.has(name)) continue;
    seen.add(name);
    for (const node of graph.consumers(name)) {
      if (node.opType === "MatMul" && node.input[1] === name) {
        return { node, scale, type };
      }
      const factor = scaleOf(graph, node, name);
      const next = node.output[0]!;
      if (CARRY.has(node.opType) && node.input[0] === name) {
        const to = node.opType === "Cast" && attribute(node, "to");
        waiting.push({ name: next, scale, type: to ? Number(to.i) : type });
      } else if (factor !== undefined) {
        waiting.push({ name: next, scale: scale * factor, type });
      }
    }
  }
  throw new UnreadableAttention(
    `"${concat.output[0]}" leads to no product of attention`,
  );
}

/** By what a node multiplies a value; nothing where it does something else. */
function scaleOf(
  graph: GraphIndex,
  { opType, input }: NodeProto,
  name: string,
): number | undefined {
  const [first, second] = input;
  if (opType === "Div" && first === name) {
    const divisor = graph.scalar(second!);
    return divisor === undefined ? undefined : 1 / divisor;
  }
  if (opType !== "Mul") return undefined;
  return graph.scalar(first === name ? second! : first!);
}

/** The queries before they are scaled, and by what. */
function withoutScale(
  graph: GraphIndex,
  from: string,
): { name: string; scale: number } {
  let [name, scale] = [from, 1];
  while (true) {
    const node = graph.producer(name);
    const before = node?.input.find((input) =>
      graph.scalar(input) === undefined
    );
    if (!node || !before) return { name, scale };
    const factor = scaleOf(graph, node, before);
    if (factor === undefined) return { name, scale };
    [name, scale] = [before, scale * factor];
  }
}

/** Scores on their way: what multiplied them, and what does behind a cap (tanh), where there is one. */
interface Followed {
  readonly factor: number;
  readonly cap: number | undefined;
}

/** Follows scores to their product with the values. */
function followScores(
  graph: GraphIndex,
  from: NodeProto,
  to: NodeProto,
): Followed {
  const waiting: (Followed & { name: string; soft: boolean })[] = [
    { name: from.output[0]!, factor: 1, cap: undefined, soft: false },
  ];
  const seen = new Set<string>();
  let found: Followed | undefined;
  while (waiting.length > 0) {
    const at = waiting.pop()!;
    const { name, factor, cap, soft } = at;
    if (seen.has(name)) continue;
    seen.add(name);
    for (const node of graph.consumers(name)) {
      if (node === to) {
        if (soft) found = { factor, cap };
        continue;
      }
      const next = { ...at, name: node.output[0]! };
      const times = soft ? undefined : scaleOf(graph, node, name);
      if (times !== undefined) {
        waiting.push(
          cap === undefined
            ? { ...next, factor: factor * times }
            : { ...next, cap: cap * times },
        );
      } else if (node.opType === "Tanh" && !soft && cap === undefined) {
        waiting.push({ ...next, cap: 1 });
      } else if (BETWEEN.has(node.opType)) {
        waiting.push({ ...next, soft: soft || node.opType === "Softmax" });
      } else if (node.opType !== "Shape") {
        throw new UnreadableAttention(
          `${node.opType} stands between its scores and the product with the values`,
        );
      }
    }
  }
  if (!found) {
    throw new UnreadableAttention("no Softmax stands behind its scores");
  }
  return found;
}
