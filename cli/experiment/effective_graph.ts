import { builtins, type Plan, type PlanNode } from "../../mod.ts";
import type { Part } from "../plan_parts.ts";
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
 * Text that is equal for plans which compute the same up to an output.
 *
 * @param modules Hashes of the graph's modules: stages of one name may be different ones.
 */
export function upstreamKey(
  plan: Plan,
  part: Part,
  modules: readonly string[] = [],
): string {
  const upstream = upstreamNodes(plan, part);
  const known = builtins();
  const own = upstream.some(({ stage }) => known.get(stage.name) !== stage);
  const nodes = upstream.map(describe);
  nodes.sort((a, b) => a.name < b.name ? -1 : 1);
  return stableJson({ nodes, port: part.port, modules: own ? modules : [] });
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
