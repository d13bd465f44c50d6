import type { Plan } from "../../mod.ts";
import { type Part, partsOfType } from "../run/plan_parts.ts";
import { upstreamKey, upstreamNodes } from "./effective_graph.ts";

/** Chunks inside a plan at which several variations can go apart: what leads there is computed once. */
export interface Stop {
  readonly part: Part;
  /** Equal for plans that compute the same up to there. */
  readonly key: string;
  /** Whether the chunks were not asked anything yet, so that a store can keep them, beyond memory too. */
  readonly bare: boolean;
}

/**
 * The stops of a plan, in dependency order: bare chunks, and the few that are left behind a selection.
 *
 * @param modules Hashes of the graph's modules.
 */
export function stopsOf(plan: Plan, modules: readonly string[] = []): Stop[] {
  return partsOfType(plan, "pc/kv-chunk").flatMap((part) => {
    const { node, port } = part;
    const bare = !node.facets[port]?.includes("question") &&
      !node.facets[port]?.includes("score");
    const few = upstreamNodes(plan, part)
      .some(({ stage }) => stage.name.startsWith("select."));
    if (!bare && !few) return [];
    return [{ part, key: upstreamKey(plan, part, modules), bare }];
  });
}

/** What has stops. */
export interface Stopping {
  readonly stops: readonly Stop[];
}

/** A plan that can go on from what others computed. */
export interface Startable extends Stopping {
  readonly plan: Plan;
}

/** The last stop that all have, of those not passed yet. */
export function commonStop(
  all: readonly Stopping[],
  passed: ReadonlySet<string>,
): Stop | undefined {
  const [first, ...others] = all;
  return first?.stops.findLast(({ key }) =>
    !passed.has(key) &&
    others.every(({ stops }) => stops.some((stop) => stop.key === key))
  );
}

/** Those that have the next stop in common, together, in the order of their first; one without stops is alone. */
export function byNextStop<T extends Stopping>(
  all: readonly T[],
  passed: ReadonlySet<string>,
): T[][] {
  const groups = new Map<unknown, T[]>();
  for (const one of all) {
    const next = one.stops.find(({ key }) => !passed.has(key));
    const key = next?.key ?? one;
    groups.set(key, [...groups.get(key) ?? [], one]);
  }
  return [...groups.values()];
}
