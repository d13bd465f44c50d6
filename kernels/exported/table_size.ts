import type { GraphProto } from "onnx-buf";
import { attribute, type GraphIndex } from "./graph_index.ts";

/**
 * Sizes of a table of RoPE, [positions, ropeDim / 2]; of one that an If chooses by the length of the text, the
 * smaller one's: up to its end the choice is the same for all.
 */
export function tableSize(
  graph: GraphIndex,
  name: string,
): readonly number[] | undefined {
  const stored = graph.file.initializers.get(name);
  if (stored) return stored.dims;
  const node = graph.producer(name);
  if (!node) return undefined;
  if (node.opType === "Constant") {
    return attribute(node, "value")?.t?.dims.map(Number);
  }
  if (node.opType !== "If") return undefined;
  const at = node.output.indexOf(name);
  const branches = ["then_branch", "else_branch"].flatMap((branch) => {
    const inside = attribute(node, branch)?.g;
    const dims = inside && constantSize(inside, inside.output[at]?.name ?? "");
    return dims ? [dims] : [];
  });
  return branches.sort((a, b) => a[0]! - b[0]!)[0];
}

function constantSize(
  graph: GraphProto,
  name: string,
): number[] | undefined {
  const stored = graph.initializer.find((tensor) => tensor.name === name);
  const made = graph.node.find(({ output }) => output.includes(name));
  const tensor = stored ?? (made && attribute(made, "value")?.t);
  return tensor?.dims.map(Number);
}
