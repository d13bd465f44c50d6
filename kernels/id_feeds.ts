import type { PrefillItem } from "./prefill_item.ts";
import type { WireTensor } from "./protocol.ts";

/** Inputs of chunks for a session that looks ids up itself, padded on the right. */
export function chunkIds(
  batch: readonly PrefillItem[],
  rows: number,
): Record<string, WireTensor> {
  const ids = new BigInt64Array(batch.length * rows); // [batch, rows]
  const lastRow = new Int32Array(batch.length); // [batch]
  for (const [b, item] of batch.entries()) {
    const all = [...item.ids, ...item.tail ?? []];
    ids.set(BigInt64Array.from(all, BigInt), b * rows);
    lastRow[b] = all.length - 1;
  }
  const positions = batch.map(() => 0);
  return {
    ...idsAt(ids, positions, rows),
    last_row: { type: "int32", data: lastRow, dims: [batch.length] },
    rows: { type: "int32", data: Int32Array.of(rows), dims: [] },
  };
}

/** Inputs of the same ids at positions of every item's own. */
export function rowIds(
  ids: Int32Array, // [rows]
  positions: readonly number[], // [batch]
): Record<string, WireTensor> {
  const all = new BigInt64Array(positions.length * ids.length); // [batch, rows]
  const once = BigInt64Array.from(ids, BigInt); // [rows]
  for (const b of positions.keys()) all.set(once, b * ids.length);
  return idsAt(all, positions, ids.length);
}

function idsAt(
  ids: BigInt64Array, // [batch, rows]
  first: readonly number[], // [batch]
  rows: number,
): Record<string, WireTensor> {
  const dims = [first.length, rows];
  const positions = BigInt64Array.from(
    ids,
    (_, i) => BigInt(first[Math.floor(i / rows)]! + i % rows),
  ); // [batch, rows]
  return {
    ids: { type: "int64", data: ids, dims },
    positions: { type: "int64", data: positions, dims },
  };
}
