import { mean } from "../statistics/mean.ts";

/** Mean of lists of the same length, place by place; of no lists an empty one. */
export function meanLists(lists: readonly (readonly number[])[]): number[] {
  return (lists[0] ?? []).map((_, i) => mean(lists.map((list) => list[i]!)));
}
