import { chunkIds } from "./id_feeds.ts";
import type { PrefillItem } from "./language_model.ts";
import type { WireTensor } from "./protocol.ts";
import type { Runtime } from "./runtime.ts";

/** Inputs of the chunks themselves, padded on the right. */
export function chunkFeeds(
  { config, embedding, rope }: Runtime,
  batch: readonly PrefillItem[],
  rows: number,
): Record<string, WireTensor> {
  if (!embedding) return chunkIds(batch, rows);
  const { hidden } = config;
  const embedded = new Float32Array(batch.length * rows * hidden); // [batch, rows, hidden]
  const lastRow = new Int32Array(batch.length); // [batch]
  for (const [b, { ids, tail }] of batch.entries()) {
    embedding.lookup(ids, embedded, b * rows);
    if (tail) embedding.lookup(tail, embedded, b * rows + ids.length);
    lastRow[b] = ids.length + (tail?.length ?? 0) - 1;
  }
  return {
    embedded: {
      type: "float32",
      data: embedded,
      dims: [batch.length, rows, hidden],
    },
    last_row: { type: "int32", data: lastRow, dims: [batch.length] },
    rows: { type: "int32", data: Int32Array.of(rows), dims: [] },
    ...rope.feeds(0, rows),
  };
}
