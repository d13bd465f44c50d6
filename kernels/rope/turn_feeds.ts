import type { WireTensor } from "../engine/protocol.ts";
import { mappedTable } from "./position_map.ts";
import { type RopeFactors, ropeLength } from "./rope_factors.ts";
import type { Runtime } from "../model/runtime.ts";

/**
 * How a session turns rows that follow on from a position of every item's own: RoPE's table and, where items differ,
 * the table's row of every row; or the positions alone, where the session has a table itself.
 */
export function turnFeeds(
  { rope, config }: Pick<Runtime, "rope" | "config">,
  first: readonly number[], // [batch]
  count: number,
  factors: RopeFactors | undefined,
): Record<string, WireTensor> {
  if (!rope) return { positions: rowsFrom(first, count, 0) };
  const end = Math.max(...first) + count;
  const length = ropeLength(config, factors, end);
  const { positionMap } = config;
  const from = positionMap ? 0 : Math.min(...first);
  const turned = positionMap ? mappedTable(positionMap, end) : end - from;
  return {
    ...rope.feeds(from, turned, length),
    positions: rowsFrom(first, count, from),
  };
}

function rowsFrom(
  first: readonly number[], // [batch]
  count: number,
  from: number,
): WireTensor {
  const data = BigInt64Array.from(
    { length: first.length * count },
    (_, i) => BigInt(first[Math.floor(i / count)]! - from + i % count),
  ); // [batch, count]
  return { type: "int64", data, dims: [first.length, count] };
}
