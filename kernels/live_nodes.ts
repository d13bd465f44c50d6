import type { GraphNode } from "./graph_node.ts";
import { readsOf } from "./exported/graph_index.ts";

/** The nodes that some values need, each behind those that it reads. */
export function liveNodes(
  nodes: readonly GraphNode[],
  wanted: readonly string[],
): GraphNode[] {
  const producers = new Map<string, GraphNode>();
  for (const node of nodes) {
    for (const name of node.output) if (name) producers.set(name, node);
  }
  const sorted: GraphNode[] = [];
  const done = new Set<GraphNode>();
  const open = new Set<GraphNode>();
  const waiting = wanted.toReversed();
  while (waiting.length > 0) {
    const name = waiting.at(-1)!;
    const node = producers.get(name);
    if (!node || done.has(node)) {
      waiting.pop();
      continue;
    }
    const missing = readsOf(node).filter((read) => {
      const before = producers.get(read);
      return before && !done.has(before);
    });
    if (missing.length === 0) {
      sorted.push(node);
      done.add(node);
      waiting.pop();
    } else if (open.has(node)) {
      throw new TypeError(`The graph reads "${name}" before it is made`);
    } else {
      open.add(node);
      waiting.push(...missing);
    }
  }
  return sorted;
}
