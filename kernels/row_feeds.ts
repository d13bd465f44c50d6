import type { Runtime } from "./onnx_model.ts";
import type { WireTensor } from "./protocol.ts";
import { tailBias } from "./tail_bias.ts";

/** New rows for the `decode` session. */
export interface NewRows {
  readonly ids: Int32Array; // [rows]
  /** Position of the first row. */
  readonly position: number;
  /** Tail keys that are already there. */
  readonly before: number;
  /** Rows that go through the LM head. */
  readonly headRows: readonly number[];
  /** The id whose log-probability each of them reports. */
  readonly targets: readonly number[];
}

/** Inputs of new rows: embedding, RoPE table, causal mask, rows for the head. */
export function rowFeeds(
  { config, embedding, rope }: Runtime,
  rows: NewRows,
): Record<string, WireTensor> {
  const { ids, position, before, headRows, targets } = rows;
  const count = ids.length;
  const embedded = new Float32Array(count * config.hidden); // [1, rows, hidden]
  embedding.lookup(ids, embedded);
  const table = rope.rows(position, count);
  const group = config.heads / config.kvHeads;
  const half = [count, config.ropeDim / 2];
  const picked = [1, headRows.length];
  return {
    embedded: {
      type: "float32",
      data: embedded,
      dims: [1, count, config.hidden],
    },
    cos: { type: "float32", data: table.cos, dims: half },
    sin: { type: "float32", data: table.sin, dims: half },
    tail_bias: {
      type: "float32",
      data: tailBias(group, count, before),
      dims: [1, 1, group * count, before + count],
    },
    head_rows: {
      type: "int64",
      data: BigInt64Array.from(headRows, BigInt),
      dims: picked,
    },
    targets: {
      type: "int64",
      data: BigInt64Array.from(targets, BigInt),
      dims: picked,
    },
  };
}

/** The empty tail that decoding starts from: inputs `tail_keys.l` and `tail_values.l`. */
export function emptyTail({ config }: Runtime): Record<string, WireTensor> {
  const feeds: Record<string, WireTensor> = {};
  const dims = [1, config.kvHeads, 0, config.headDim];
  for (let l = 0; l < config.layers; l++) {
    for (const name of ["tail_keys", "tail_values"]) {
      feeds[`${name}.${l}`] = {
        type: "float32",
        data: new Float32Array(0),
        dims,
      };
    }
  }
  return feeds;
}

/** Buffers that a request may give away: all but those on shared memory and those that someone else holds. */
export function movable(
  feeds: Readonly<Record<string, WireTensor>>,
): WireTensor["data"][] {
  return Object.values(feeds).map((f) => f.data).filter((d) =>
    d.byteLength > 0
  );
}
