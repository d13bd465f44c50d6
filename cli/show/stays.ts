import type { QueueState } from "./queue_states.ts";

/** A chunk's stay in a queue. */
export interface Stay {
  readonly chunk: number;
  /** Steps `[from, to)`. */
  readonly from: number;
  readonly to: number;
  /** Stays at the same time are on different lanes. */
  readonly lane: number;
  /** Whether it was there at the end. */
  readonly stays: boolean;
}

/** Every stay that lasted, on the first lane that is free. */
export function staysOf(states: readonly QueueState[]): Stay[] {
  const ended: Stay[] = [];
  const lanes: (Stay | undefined)[] = [];
  for (const [step, { chunk, out }] of states.entries()) {
    for (const [lane, stay] of lanes.entries()) {
      if (!stay || !out.includes(stay.chunk)) continue;
      ended.push({ ...stay, to: step, stays: false });
      lanes[lane] = undefined;
    }
    if (chunk === null || out.includes(chunk)) continue;
    const free = lanes.indexOf(undefined);
    const lane = free < 0 ? lanes.length : free;
    lanes[lane] = { chunk, from: step, to: states.length, lane, stays: true };
  }
  const last = lanes.filter((stay) => stay !== undefined);
  return [...ended, ...last].sort((a, b) => a.from - b.from);
}
