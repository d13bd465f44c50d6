import type { Plan, PlanNode, Port } from "../../mod.ts";

/** An output of a node, by what it carries. */
export interface Part {
  readonly node: PlanNode;
  readonly port: string;
  /** `node.port`, as runs name it. */
  readonly name: string;
}

/** Every output that carries values of a type, in dependency order. */
export function partsOfType(plan: Plan, type: string): Part[] {
  return plan.nodes.flatMap((node) =>
    Object.entries(node.stage.outputs as Record<string, Port>)
      .filter(([, port]) => port.type.name === type)
      .map(([port]) => ({ node, port, name: `${node.name}.${port}` }))
  );
}

/** The first output of the type that lacks a facet: for KV chunks without `question`, the bare prefill. */
export function partWithoutFacet(
  plan: Plan,
  type: string,
  facet: string,
): Part | undefined {
  return partsOfType(plan, type).find(({ node, port }) =>
    !node.facets[port]?.includes(facet)
  );
}

/** Names that the graph reads from its caller (`source.input`). */
export function callerInputs(plan: Plan): string[] {
  return plan.nodes
    .filter(({ stage }) => stage.name === "source.input")
    .map(({ options }) => (options as { name: string }).name);
}
