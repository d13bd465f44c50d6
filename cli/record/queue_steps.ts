import type { RunEvent } from "../../mod.ts";
import type { RecordedQueue } from "./run_record.ts";

/** A chunk that reached a node. */
export interface Arrival {
  readonly chunk: number;
  readonly score: number | null;
  readonly at: number;
}

/**
 * The steps of a bounded queue, from who came and what the node said. A chunk that is dropped before the next one has
 * come goes in the step of the one that came; what is dropped after the last gets a step of its own.
 */
export function queueSteps(
  arrivals: readonly Arrival[],
  events: readonly RunEvent[],
): RecordedQueue["steps"] {
  const drops = events.flatMap((event) =>
    event.type === "chunk" && event.action === "dropped" ? [event] : []
  );
  const steps: RecordedQueue["steps"] = [];
  let next = 0;
  for (const arrival of arrivals) { // noted after the node has had its turn
    const first = next;
    while (next < drops.length && drops[next]!.at <= arrival.at) next++;
    steps.push({
      ...arrival,
      out: drops.slice(first, next).map(({ chunk }) => chunk),
    });
  }
  const late = drops.slice(next);
  if (late.length > 0) {
    steps.push({
      at: late[0]!.at,
      chunk: null,
      score: null,
      out: late.map(({ chunk }) => chunk),
    });
  }
  return steps;
}
