import type { Endpoint, Plan, Port } from "../../mod.ts";

/** An output that a recorder listens to. */
export interface Tap extends Endpoint {
  /** `node.port`. */
  readonly name: string;
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

/** The outputs worth recording, of nodes that run anyway, in dependency order. */
export function chooseTaps(plan: Plan): Tap[] {
  const running = new Set(Object.values(plan.outputs).map(({ node }) => node));
  for (const { name, inputs } of plan.nodes.toReversed()) { // readers first
    if (!running.has(name)) continue;
    for (const { node } of Object.values(inputs).flat()) running.add(node);
  }
  return plan.nodes.filter(({ name }) => running.has(name)).flatMap((node) =>
    Object.entries(node.stage.outputs as Record<string, Port>)
      .filter(([, { type }]) => recorded.includes(type.name))
      .map(([port, { type }]) => ({
        node: node.name,
        port,
        name: `${node.name}.${port}`,
        type: type.name,
      }))
  );
}
