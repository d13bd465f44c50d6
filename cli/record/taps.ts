import {
  endpointName,
  type FusedPlan,
  type Plan,
  type Port,
} from "../../mod.ts";

/** An output that a recorder listens to. */
export interface Tap {
  /** The output by which a run is asked for it: `node.port` of the plan as written. */
  readonly name: string;
  /** The node that gives it, by its name in the fused plan. */
  readonly node: string;
  /** `node.port` in the fused plan. */
  readonly end: string;
  /** Name of its port type. */
  readonly type: string;
}

/** Types of values that say something worth recording. */
const recorded = [
  "pc/tokenized-document",
  "pc/prompt",
  "pc/chunk",
  "pc/kv-chunk",
  "pc/merged-context",
];

/**
 * The outputs worth recording, of nodes that run anyway, in dependency order. What disappears inside a fused node is
 * not among them, for a run that is asked for it would not fuse.
 */
export function chooseTaps(plan: Plan, { plan: fused, at }: FusedPlan): Tap[] {
  const running = new Set(
    Object.values(plan.outputs).map((end) => at(end).node),
  );
  for (const { name, inputs } of fused.nodes.toReversed()) { // readers first
    if (!running.has(name)) continue;
    for (const { node } of Object.values(inputs).flat()) running.add(node);
  }
  const written = plan.nodes.flatMap(({ name: node, stage }) =>
    Object.keys(stage.outputs).map((port) => ({ node, port }))
  );
  return fused.nodes.filter(({ name }) => running.has(name)).flatMap((node) =>
    Object.entries(node.stage.outputs as Record<string, Port>)
      .filter(([, { type }]) => recorded.includes(type.name))
      .flatMap(([port, { type }]) => {
        const end = endpointName({ node: node.name, port });
        const asked = written.find((own) => endpointName(at(own)) === end);
        return asked
          ? [{
            name: endpointName(asked),
            node: node.name,
            end,
            type: type.name,
          }]
          : [];
      })
  );
}
