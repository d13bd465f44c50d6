import type { WireTensor } from "../engine/protocol.ts";
import type { Runtime } from "../model/runtime.ts";

/**
 * Tokens as a session takes them: rows of the embedding as input `embedded`, or `ids` where the session looks them up.
 */
export function tokenFeeds(
  { config, embedding }: Pick<Runtime, "config" | "embedding">,
  items: readonly (readonly Int32Array[])[], // batch × parts that follow one another
  rows: number,
): Record<string, WireTensor> {
  const batch = items.length;
  if (!embedding) {
    const ids = new BigInt64Array(batch * rows); // [batch, rows]
    eachPart(
      items,
      rows,
      (part, at) => ids.set(BigInt64Array.from(part, BigInt), at),
    );
    return { ids: { type: "int64", data: ids, dims: [batch, rows] } };
  }
  const { hidden } = config;
  const embedded = new Float32Array(batch * rows * hidden); // [batch, rows, hidden]
  eachPart(items, rows, (part, at) => embedding.lookup(part, embedded, at));
  return {
    embedded: {
      type: "float32",
      data: embedded,
      dims: [batch, rows, hidden],
    },
  };
}

/** Calls with every part and the row at which it begins, over all items. */
function eachPart(
  items: readonly (readonly Int32Array[])[],
  rows: number,
  take: (part: Int32Array, at: number) => void,
): void {
  for (const [b, parts] of items.entries()) {
    let at = b * rows;
    for (const part of parts) {
      take(part, at);
      at += part.length;
    }
  }
}
