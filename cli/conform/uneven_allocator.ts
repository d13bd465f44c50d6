import type { Allocator } from "../../mod.ts";

/** Every second head keeps three entries more, the others three fewer. */
export function unevenCount(budget: number, l: number, head: number): number {
  return Math.max(0, budget + ((l + head) % 2 === 0 ? 3 : -3));
}

/** An allocator whose counts are known beforehand. */
export const unevenAllocator: Allocator = ({ scores, kvHeads, budget }) =>
  Int32Array.from(
    { length: scores.length * kvHeads },
    (_, at) => unevenCount(budget, Math.floor(at / kvHeads), at % kvHeads),
  ); // [layers · kvHeads]
