import { builtins, type Plan, type PlanNode, type Port } from "../../mod.ts";
import type { Part } from "../run/plan_parts.ts";
import type { FileHash } from "./file_hashes.ts";
import { sha256 } from "./sha256.ts";
import { stableJson } from "./stable_json.ts";

/**
 * Hash of what a plan computes: stages, options with their defaults, edges; not how the file is written.
 *
 * @param modules Hashes of the graph's modules.
 * @param files Hashes of the files that options name; where there are none, the hash is as without.
 */
export function effectiveHash(
  plan: Plan,
  modules: readonly string[] = [],
  files: readonly FileHash[] = [],
): string {
  const nodes = plan.nodes.map(describe);
  nodes.sort((a, b) => a.name < b.name ? -1 : 1);
  const { outputs, fuse } = plan;
  const named = files.length > 0 ? { files } : {};
  return sha256(stableJson({ nodes, outputs, fuse, modules, ...named }));
}

/**
 * Hash that is equal for outputs which compute the same, of different graphs too: what the nodes are called does not
 * count, nor how a model is loaded, for who asks has one model.
 *
 * @param modules Hashes of the graph's modules: stages of one name may be different ones.
 */
export function upstreamKey(
  plan: Plan,
  part: Part,
  modules: readonly string[] = [],
): string {
  const known = builtins();
  const keys = new Map<string, string>();
  for (const { name, stage, options, inputs } of upstreamNodes(plan, part)) { // sources first
    const model = Object.values<Port>(stage.outputs)
      .some(({ type }) => type.name === "pc/model");
    const sources = Object.entries(inputs).map(([port, ends]) =>
      [port, ends.map((end) => `${keys.get(end.node)} ${end.port}`)] as const
    );
    const own = known.get(stage.name) === stage ? {} : { modules };
    const parts = model
      ? {}
      : { options, inputs: Object.fromEntries(sources), ...own };
    keys.set(name, sha256(stableJson({ stage: stage.name, ...parts })));
  }
  return `${keys.get(part.node.name)} ${part.port}`;
}

/** The nodes that lead to an output, its own included. */
export function upstreamNodes(plan: Plan, { node }: Part): PlanNode[] {
  const needed = new Set([node.name]);
  for (const { name, inputs } of plan.nodes.toReversed()) { // readers first
    if (!needed.has(name)) continue;
    for (const end of Object.values(inputs).flat()) needed.add(end.node);
  }
  return plan.nodes.filter(({ name }) => needed.has(name));
}

function describe({ name, stage, options, inputs }: PlanNode) {
  return { name, stage: stage.name, options, inputs };
}
