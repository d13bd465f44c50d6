import { chunkFeeds } from "./chunk_feeds.ts";
import type { RowQueries } from "../language_model.ts";
import type { RopeFactors } from "../rope/rope_factors.ts";
import type { Runtime } from "../model/runtime.ts";

/** Runs a chunk through the `queries` session. */
export async function rowQueries(
  runtime: Runtime,
  { ids, from, factors }: {
    readonly ids: Int32Array; // [tokens]
    readonly from: number;
    readonly factors?: RopeFactors | undefined;
  },
  signal?: AbortSignal,
): Promise<RowQueries> {
  if (!(from >= 0 && from < ids.length)) {
    throw new RangeError(
      `Rows from ${from} on were asked for in a chunk of ${ids.length} tokens`,
    );
  }
  const layers = runtime.config.layers;
  const worker = await runtime.pool.session("queries");
  signal?.throwIfAborted();
  const rows = ids.length - from;
  const picked = BigInt64Array.from(
    { length: rows },
    (_, i) => BigInt(from + i),
  ); // [rows]
  const positions = typeof factors === "number"
    ? factors
    : factors === "long"
    ? Infinity
    : ids.length;
  const feeds = {
    ...chunkFeeds(runtime, [{ ids, positions }], ids.length),
    picked: { type: "int64", data: picked, dims: [1, rows] } as const,
  };
  const names = Array.from({ length: layers }, (_, l) => `queries.${l}`);
  const outputs = await worker.send(
    {
      kind: "run",
      session: "queries",
      feeds,
      fetch: names,
      copies: [],
      store: {},
    },
    Object.values(feeds).map(({ data }) => data),
    signal,
  );
  return {
    from,
    rows,
    queries: names.map((name) => outputs[name]!.data as Float32Array), // layers × [heads, rows, headDim]
  };
}
