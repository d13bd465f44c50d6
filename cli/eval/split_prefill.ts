import type { GraphFile, GraphNode } from "../../mod.ts";

/**
 * The same graph with every `prefill.question` as `prefill` and `requery`: the same numbers by two passes, the first
 * of which does not depend on the question, so that methods can share it.
 */
export function splitPrefill(graph: GraphFile): GraphFile {
  const nodes: Record<string, GraphNode> = {};
  for (const [name, node] of Object.entries(graph.nodes)) {
    const { in: inputs } = node;
    if (
      node.stage !== "prefill.question" || typeof inputs !== "object" ||
      Array.isArray(inputs)
    ) {
      nodes[name] = node;
      continue;
    }
    const { prompt, ...chunks } = inputs;
    const bare = freeName(`${name}-alone`, graph);
    nodes[bare] = { ...node, stage: "prefill", in: chunks };
    const asked = { chunks: bare, model: inputs.model, prompt };
    const connected = Object.entries(asked).filter(([, from]) => from);
    nodes[name] = {
      stage: "requery",
      in: Object.fromEntries(connected) as Record<string, string | string[]>,
    };
  }
  return { ...graph, nodes };
}

function freeName(wanted: string, { nodes }: GraphFile): string {
  return Object.hasOwn(nodes, wanted)
    ? freeName(`${wanted}-`, { nodes } as GraphFile)
    : wanted;
}
