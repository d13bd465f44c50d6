import type { Asked } from "./join_nodes.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { Port } from "./port.ts";

/** A node that would be computed inside the one before it, and is not. */
export interface Unfused {
  readonly node: string;
  readonly reason: string;
}

/** Why every node of the run that follows others (see `Stage.follows`) is computed by itself. */
export function noteUnfused(
  plan: Plan,
  { nodes }: Asked,
  never: boolean,
  reasons: ReadonlyMap<string, string>,
): Unfused[] {
  return nodes.filter(({ stage }) => stage.follows).map((node) => ({
    node: node.name,
    reason: never
      ? "fuse: never"
      : reasons.get(node.name) ?? whatStandsBetween(plan, node),
  }));
}

/** Names what separates a node from the one that could compute it. */
function whatStandsBetween(plan: Plan, node: PlanNode): string {
  const between: PlanNode[] = [];
  for (let at = before(plan, node); at; at = before(plan, at)) {
    if (at.stage.fuse) {
      const wall = between.find(({ stage }) => stage.stops) ?? between[0];
      if (!wall) break;
      const { name, stops } = wall.stage;
      return `${name} stands between ${at.name} and ${node.name}${
        stops ? `: ${stops}` : ""
      }`;
    }
    between.push(at);
  }
  return "nothing before it can compute it";
}

/** The node whose values a node works on: what its first stream reads. */
function before({ nodes }: Plan, { stage, inputs }: PlanNode) {
  const ports = Object.entries(stage.inputs) as [string, Port][];
  const port = ports.find(([name, { single }]) => !single && inputs[name]);
  const end = port && inputs[port[0]]![0];
  return end && nodes.find(({ name }) => name === end.node);
}
