import { demandOf } from "./demand.ts";
import { noteUnfused, type Unfused } from "./fusion_notes.ts";
import { joinNodes } from "./join_nodes.ts";
import { type Endpoint, endpointName, type Plan } from "./plan.ts";

/** What was fused in a plan, and what was not. */
export interface Fusion {
  /** Names of the nodes that each fused node stands for, in order. */
  readonly fused: readonly (readonly string[])[];
  /** Every node that would be computed inside the one before it, and why it is not. */
  readonly unfused: readonly Unfused[];
}

/** A plan whose neighbours were joined. */
export interface FusedPlan {
  readonly plan: Plan;
  readonly fusion: Fusion;
  /** Where an output of the plan as written is now. */
  at(end: Endpoint): Endpoint;
}

/**
 * Joins neighbours of a plan: a node whose stage can `fuse`, and the one node that reads it. What the caller asks for
 * or gives himself stays as it is: no output of `targets` or `replaced` disappears inside a joined node.
 *
 * @param targets What is asked for; default: the outputs of the graph.
 * @param replaced Outputs that the caller gives, by `node.port`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { builtins, fusePlan, loadGraph, shippedGraph } from "parallelcomp";
 *
 * const plan = await loadGraph(shippedGraph("evict_first"), { registry: builtins() });
 * assert.deepEqual(fusePlan(plan).fusion, { fused: [["asked", "evicted"]], unfused: [] });
 * ```
 */
export function fusePlan(
  plan: Plan,
  targets: readonly Endpoint[] = Object.values(plan.outputs),
  replaced: ReadonlySet<string> = new Set(),
): FusedPlan {
  const moved = new Map<string, string>();
  const parts = new Map<string, readonly string[]>();
  const reasons = new Map<string, string>();
  const at = ({ node, port }: Endpoint): Endpoint => {
    let name = node;
    while (moved.has(name)) name = moved.get(name)!;
    return { node: name, port };
  };
  let joined = plan;
  const asked = () => {
    const ends = targets.map(at);
    const names = new Set(ends.map(endpointName));
    return { names, replaced, ...demandOf(joined, ends, replaced) };
  };
  const never = plan.fuse === "never";
  for (let again = !never; again;) {
    again = false;
    for (const first of joined.nodes) {
      const pair = joinNodes(joined, first, asked());
      if (!pair) continue;
      const { next, node } = pair;
      if (typeof node === "string") {
        reasons.set(next.name, node);
        continue;
      }
      moved.set(next.name, node.name);
      parts.set(node.name, [
        ...parts.get(first.name) ?? [first.name],
        next.name,
      ]);
      parts.delete(first.name);
      joined = {
        ...joined,
        nodes: joined.nodes
          .filter(({ name }) => name !== first.name)
          .map((old) => old === next ? node : readingFrom(old, at)),
      };
      again = true;
      break;
    }
  }
  const unfused = noteUnfused(joined, asked(), never, reasons);
  const fusion = { fused: [...parts.values()], unfused };
  return { plan: joined, fusion, at };
}

/** A node whose inputs come from where they are now. */
function readingFrom(
  node: Plan["nodes"][number],
  at: (end: Endpoint) => Endpoint,
): Plan["nodes"][number] {
  const inputs = Object.entries(node.inputs)
    .map(([port, ends]) => [port, ends.map(at)] as const);
  return { ...node, inputs: Object.fromEntries(inputs) };
}
