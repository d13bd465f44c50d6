import type { PrefillItem } from "../language_model.ts";
import type { WireTensor } from "../engine/protocol.ts";
import { mappedTable } from "../rope/position_map.ts";
import { itemFactors, ropeLength } from "../rope/rope_factors.ts";
import type { Runtime } from "../model/runtime.ts";
import { tokenFeeds } from "./token_feeds.ts";
import { turnFeeds } from "../rope/turn_feeds.ts";

/** Inputs of the chunks themselves, padded on the right. */
export function chunkFeeds(
  runtime: Runtime,
  batch: readonly PrefillItem[],
  rows: number,
): Record<string, WireTensor> {
  const parts = batch.map(({ ids, tail }) => tail ? [ids, tail] : [ids]);
  const lastRow = Int32Array.from(
    batch,
    ({ ids, tail }) => ids.length + (tail?.length ?? 0) - 1,
  ); // [batch]
  const { rope, config } = runtime;
  const { positionMap } = config;
  const table = positionMap ? mappedTable(positionMap, rows) : rows;
  const factors = itemFactors(config, batch[0]!); // the items of a batch have the same
  const length = ropeLength(config, factors, rows);
  return {
    ...tokenFeeds(runtime, parts, rows),
    last_row: { type: "int32", data: lastRow, dims: [batch.length] },
    rows: { type: "int32", data: Int32Array.of(rows), dims: [] },
    // Every chunk begins at position 0: row r turns by the table's row r.
    ...(rope?.feeds(0, table, length) ??
      turnFeeds(runtime, batch.map(() => 0), rows, factors)),
  };
}
