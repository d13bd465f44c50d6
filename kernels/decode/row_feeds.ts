import { asksPositions, hasSliding } from "../layers/layer_kind.ts";
import type { RopeFactors } from "../rope/rope_factors.ts";
import type { Runtime } from "../model/runtime.ts";
import type { WireTensor } from "../engine/protocol.ts";
import { tailBias } from "../attention/tail_bias.ts";
import { tokenFeeds } from "../prefill/token_feeds.ts";
import { turnFeeds } from "../rope/turn_feeds.ts";

/** New rows for the `decode` session: the same ids for every item of the batch. */
export interface NewRows {
  readonly ids: Int32Array; // [rows]
  /** Position of the first row, for every item. */
  readonly positions: readonly number[]; // [batch]
  /** By what the cache before them was turned. */
  readonly factors: RopeFactors | undefined;
  /** Tail keys that are already there. */
  readonly before: number;
  /** Rows that go through the LM head. */
  readonly headRows: readonly number[]; // [picked]
  /** The id whose log-probability each of them reports. */
  readonly targets: readonly number[]; // [picked]
}

/** Inputs of new rows: ids or embedding and RoPE table, causal mask, rows for the head. */
export function rowFeeds(
  runtime: Runtime,
  { ids, positions, factors, before, headRows, targets }: NewRows,
): Record<string, WireTensor> {
  const { config } = runtime;
  const group = config.heads / config.kvHeads;
  const everyItem = (values: readonly number[]): WireTensor => ({
    type: "int64",
    data: BigInt64Array.from(positions.flatMap(() => values), BigInt),
    dims: [positions.length, values.length],
  });
  return {
    ...tokenFeeds(runtime, positions.map(() => [ids]), ids.length),
    ...turnFeeds(runtime, positions, ids.length, factors),
    tail_bias: {
      type: "float32",
      data: tailBias(group, ids.length, before),
      dims: [1, 1, group * ids.length, before + ids.length],
    },
    head_rows: everyItem(headRows),
    targets: everyItem(targets),
    ...(hasSliding(config) && rowPositions(ids.length, positions)),
  };
}

/** Where the rows are, for layers with a sliding window. */
function rowPositions(
  count: number,
  positions: readonly number[], // [batch]
): Record<string, WireTensor> {
  const data = Int32Array.from(
    { length: positions.length * count },
    (_, i) => positions[Math.floor(i / count)]! + i % count,
  ); // [batch, 1, rows]
  const dims = [positions.length, 1, count];
  return { row_positions: { type: "int32", data, dims } };
}

/**
 * The empty tail that decoding starts from: inputs `tail_keys.l` and `tail_values.l`, of layers that ask where entries
 * are `tail_positions.l`.
 */
export function emptyTail(
  { config }: Runtime,
  batch = 1,
): Record<string, WireTensor> {
  const feeds: Record<string, WireTensor> = {};
  const dims = [batch, config.kvHeads, 0, config.headDim];
  for (let l = 0; l < config.layers; l++) {
    for (const name of ["tail_keys", "tail_values"]) {
      feeds[`${name}.${l}`] = {
        type: "float32",
        data: new Float32Array(0),
        dims,
      };
    }
    if (!asksPositions(config, l)) continue;
    feeds[`tail_positions.${l}`] = {
      type: "int32",
      data: new Int32Array(0),
      dims: dims.slice(0, 3),
    };
  }
  return feeds;
}

/** Buffers of feeds that nobody else holds, such as {@linkcode rowFeeds} makes: a request may give them away. Empty ones are left out. */
export function movable(
  feeds: Readonly<Record<string, WireTensor>>,
): WireTensor["data"][] {
  return Object.values(feeds).map((f) => f.data).filter((d) =>
    d.byteLength > 0
  );
}
