import type { KvCache, KvLayer } from "../cache/kv_cache.ts";
import type { RowQueries } from "../language_model.ts";
import type { WireTensor } from "../engine/protocol.ts";
import type { Runtime } from "../model/runtime.ts";

/** Rows that are run at once: their scores are rows × entries for every head. */
const BLOCK = 128;

/** Behind every row: the position that padding is given. */
const NOWHERE = 2 ** 31 - 1;

/** Runs the `own-mass` session layer by layer, in blocks of rows. */
export async function ownAttention(
  runtime: Runtime,
  cache: KvCache,
  rows: RowQueries,
  weights: Float32Array, // [rows]
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  if (weights.length !== rows.rows) {
    throw new TypeError(
      `Got ${weights.length} row weights for ${rows.rows} rows`,
    );
  }
  const { heads } = runtime.config;
  const sums = cache.layers.map(({ entries }) =>
    new Float32Array(heads * entries) // [heads, entries]
  );
  for (let at = 0; at < rows.rows; at += BLOCK) {
    signal?.throwIfAborted();
    const count = Math.min(BLOCK, rows.rows - at);
    const block = { at, weights: weights.slice(at, at + count) };
    const parts = await Promise.all(
      cache.layers.map((layer, l) =>
        blockMass(runtime, layer, rows, l, block, signal)
      ),
    );
    for (const [l, part] of parts.entries()) {
      const sum = sums[l]!;
      for (let i = 0; i < part.length; i++) sum[i]! += part[i]!;
    }
  }
  return sums;
}

async function blockMass(
  { config, pool }: Runtime,
  layer: KvLayer,
  { from, rows, queries }: RowQueries,
  l: number,
  { at, weights }: { readonly at: number; readonly weights: Float32Array },
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { heads, kvHeads, headDim } = config;
  const { entries, keys, counts } = layer;
  const count = weights.length;
  const group = heads / kvHeads;
  const block = new Float32Array(heads * count * headDim); // [heads, block, headDim]
  for (let head = 0; head < heads; head++) {
    const start = (head * rows + at) * headDim;
    const row = queries[l]!.subarray(start, start + count * headDim); // [block, headDim]
    block.set(row, head * count * headDim);
  }
  const positions = layer.positions.slice(); // [kvHeads, entries]
  for (let h = 0; counts && h < kvHeads; h++) {
    positions.fill(NOWHERE, h * entries + counts[h]!, (h + 1) * entries);
  }
  const rowPositions = Int32Array.from(
    { length: group * count },
    (_, i) => from + at + i % count,
  ); // [group · block]
  const worker = await pool.session("own-mass");
  const feeds: Record<string, WireTensor> = {
    queries: {
      type: "float32",
      data: block,
      dims: [kvHeads, group * count, headDim],
    },
    keys: { type: "float32", data: keys, dims: [kvHeads, entries, headDim] },
    positions: {
      type: "int32",
      data: positions,
      dims: [kvHeads, 1, entries],
    },
    row_positions: {
      type: "int32",
      data: rowPositions,
      dims: [1, group * count, 1],
    },
    weights: { type: "float32", data: weights, dims: [1, 1, count] },
  };
  const outputs = await worker.send(
    {
      kind: "run",
      session: "own-mass",
      feeds,
      fetch: ["mass"],
      copies: [],
      store: {},
    },
    [],
    signal,
  );
  return outputs.mass!.data as Float32Array; // [heads, entries]
}
