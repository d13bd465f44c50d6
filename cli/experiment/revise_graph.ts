import {
  didYouMean,
  type GraphFile,
  type GraphNode,
  type Registry,
} from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { fitNode } from "./fit_node.ts";
import type { Edit } from "./variation.ts";

/** A graph with a variation's changes. */
export interface RevisedGraph {
  readonly graph: GraphFile;
  /** What was left out of the file because exchanged stages do not have it. */
  readonly notes: readonly string[];
  /** Parameters that are read and not `given`: beside the file's, or in place of its defaults. */
  readonly added: readonly string[];
}

/**
 * Makes the changes of a variation in a graph as written: stages first, then their options. Parameters that nothing
 * reads any more are taken out, unless they were `given`. A node that is not there is a {@linkcode CliError}.
 *
 * @param more Parameters that options may read beside those of the file; where it has one of the same name, this is its
 * value unless another was `given`.
 */
export function reviseGraph(
  graph: GraphFile,
  registry: Registry,
  edits: readonly Edit[],
  given: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): RevisedGraph {
  const notes: string[] = [];
  let nodes = graph.nodes;
  const set = (name: string, node: GraphNode) => {
    nodes = { ...nodes, [name]: node };
  };
  for (const edit of edits.filter(({ kind }) => kind === "stage")) {
    if (edit.kind !== "stage") continue;
    const { node: name, stage: to } = edit;
    const node = nodeOf(nodes, name);
    const stage = registry.get(to);
    if (node.stage === to) continue;
    if (!stage) {
      set(name, { ...node, stage: to }); // the loader says what is meant
      continue;
    }
    const fitted = fitNode(name, stage, { ...graph, nodes }, registry);
    set(name, fitted.node);
    if (fitted.left.length > 0) {
      notes.push(`${to} has no option ${fitted.left.join(", ")}`);
    }
  }
  for (const edit of edits) {
    if (edit.kind === "inputs") {
      const node = nodeOf(nodes, edit.node);
      set(edit.node, { ...node, in: edit.value } as GraphNode);
    }
    if (edit.kind === "option") {
      const node = nodeOf(nodes, edit.node);
      set(edit.node, { ...node, with: put(node.with, edit.path, edit.value) });
    }
  }
  const own = Object.entries(graph.params ?? {}).filter(([name]) =>
    given.includes(name) || reads(nodes, name) || !reads(graph.nodes, name)
  );
  const added = Object.entries(more).filter(([name]) =>
    reads(nodes, name) && !given.includes(name)
  );
  return {
    graph: { ...graph, nodes, params: Object.fromEntries([...own, ...added]) },
    notes,
    added: added.map(([name]) => name),
  };
}

function nodeOf(nodes: GraphFile["nodes"], name: string): GraphNode {
  const node = Object.hasOwn(nodes, name) ? nodes[name] : undefined;
  if (node) return node;
  throw new CliError(
    ExitCode.graph,
    `The graph has no node '${name}'${didYouMean(name, Object.keys(nodes))}`,
  );
}

/** A copy with the value at the path; what is no mapping on the way becomes one. */
function put(
  target: unknown,
  [key, ...below]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const mapping = typeof target === "object" && target !== null &&
      !Array.isArray(target)
    ? target as Record<string, unknown>
    : {};
  const inner = below.length === 0 ? value : put(mapping[key!], below, value);
  return { ...mapping, [key!]: inner };
}

/** Whether an option of the nodes reads the parameter. */
function reads(nodes: GraphFile["nodes"], param: string): boolean {
  const options = Object.values(nodes).map((node) => node.with);
  return JSON.stringify(options).includes(`\${${param}}`);
}
