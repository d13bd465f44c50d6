import type { Endpoint } from "./plan.ts";

/** Edges by consumer: node → input → the outputs it reads. */
export type Edges = ReadonlyMap<
  string,
  Readonly<Record<string, readonly Endpoint[]>>
>;

/** Names of nodes in dependency order, and the cycles that forbid one. */
export interface Order {
  /** Every node after those that it reads; complete only when there is no cycle. */
  readonly sorted: readonly string[];
  /** Each as `["a", "b", "a"]`: a reads b, b reads a. */
  readonly cycles: readonly (readonly string[])[];
}

/** Sorts nodes so that each follows those that it reads. */
export function dependencyOrder(edges: Edges): Order {
  const sorted: string[] = [];
  const cycles: string[][] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (name: string, path: readonly string[]): void => {
    if (state.get(name) === "done") return;
    if (state.get(name) === "open") {
      cycles.push([...path.slice(path.indexOf(name)), name]);
      return;
    }
    state.set(name, "open");
    for (const node of readBy(name, edges)) visit(node, [...path, name]);
    state.set(name, "done");
    sorted.push(name);
  };
  for (const name of edges.keys()) visit(name, []);
  return { sorted, cycles };
}

/** The nodes that lead to any of the given ones, which count themselves. */
export function ancestors(
  names: readonly string[],
  edges: Edges,
): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...readBy(name, edges));
  }
  return found;
}

/** The nodes that a node reads, each once. */
function readBy(name: string, edges: Edges): ReadonlySet<string> {
  const inputs = Object.values(edges.get(name) ?? {});
  return new Set(inputs.flat().map((end) => end.node));
}
