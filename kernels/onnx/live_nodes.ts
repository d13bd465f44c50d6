import type { GraphNode } from "./graph_node.ts";

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

/** A node, as far as it says what it reads. */
interface Reader {
  readonly input: readonly string[];
  readonly attribute?: readonly {
    readonly g?: { readonly node: readonly Reader[] };
    readonly graphs?: readonly { readonly node: readonly Reader[] }[];
  }[];
}

/** What a node reads, inside its branches and loops too. */
export function readsOf({ input, attribute = [] }: Reader): string[] {
  const inside = attribute.flatMap(({ g, graphs = [] }) =>
    [...(g ? [g] : []), ...graphs].flatMap((graph) => graph.node)
  );
  const names = input.filter((name) => name !== "");
  return inside.length === 0 ? names : [...names, ...inside.flatMap(readsOf)];
}
