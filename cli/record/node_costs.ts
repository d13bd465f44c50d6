import type { Plan, RunEvent } from "../../mod.ts";
import type { RecordedCost } from "./run_record.ts";
import type { WorkClock } from "./work_clock.ts";

/** Bytes of KV that left a node. */
export interface LeftBytes {
  bytes: number;
  largest: number;
}

/** What every node that ran cost, in dependency order. */
export function nodeCosts(
  plan: Plan,
  events: readonly RunEvent[],
  clock: WorkClock,
  left: ReadonlyMap<string, LeftBytes>,
): RecordedCost[] {
  const ran = new Set(events.map(({ node }) => node));
  return plan.nodes.filter(({ name }) => ran.has(name)).map((node) => {
    const end = events.find((event) =>
      event.node === node.name && event.type === "completed"
    ) as Extract<RunEvent, { type: "completed" }> | undefined;
    const work = clock.workOf(node.name);
    const busy = work.reduce((sum, [from, to]) => sum + to - from, 0) / 1000;
    return {
      node: node.name,
      stage: node.stage.name,
      seconds: end ? round(end.seconds, 4) : null,
      busy: round(busy, 4),
      work: work.map(([from, to]) => [round(from, 2), round(to, 2)]),
      items: end?.items ?? 0,
      ...(left.get(node.name) ?? { bytes: 0, largest: 0 }),
    };
  });
}

/** A number with so many digits behind the point. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
