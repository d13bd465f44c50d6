import type { ModelConfig } from "../../io/model_config.ts";
import { firstAlike, keptEntries } from "../cache/held_entries.ts";
import type { KvCache, QuestionStats } from "../cache/kv_cache.ts";
import { allocateCache } from "../cache/chunk_cache.ts";
import { chunkFeeds } from "./chunk_feeds.ts";
import { inGroups } from "./in_groups.ts";
import type { EvictedItem, Eviction } from "../eviction/eviction.ts";
import { land } from "./landing.ts";
import type { Prefilled } from "../language_model.ts";
import type { WireTensor } from "../engine/protocol.ts";
import { tailFeeds, tailLength } from "./run_prefill.ts";
import { itemFactors } from "../rope/rope_factors.ts";
import type { Runtime } from "../model/runtime.ts";

/** Runs one micro-batch through a prefill session that keeps the best entries of every item. */
export function runPrefillEvicted(
  runtime: Runtime,
  batch: readonly EvictedItem[],
  eviction: Eviction,
  signal?: AbortSignal,
): Promise<readonly Prefilled[]> {
  return inGroups(
    batch,
    (item) => itemFactors(runtime.config, item),
    (alike) => evictedAlike(runtime, alike, eviction, signal),
  );
}

async function evictedAlike(
  runtime: Runtime,
  batch: readonly EvictedItem[],
  eviction: Eviction,
  signal?: AbortSignal,
): Promise<readonly Prefilled[]> {
  const { config, arena, place, pool } = runtime;
  const tail = tailLength(batch);
  checkItems(batch);
  const rows = Math.max(...batch.map((item) => item.ids.length + tail));
  using opened = await pool.evicting(tail > 0, eviction);
  signal?.throwIfAborted();
  const feeds = {
    ...chunkFeeds(runtime, batch, rows),
    ...(tail > 0 && tailFeeds(batch, tail)),
    ...evictionFeeds(batch, rows, config),
    ...(eviction.attention && { row_weights: rowWeights(batch[0]!, tail) }),
  };
  const layers = Array.from({ length: config.layers }, (_, l) => l);
  const owner = (l: number) =>
    eviction.share === "model" ? firstAlike(config, l) : l;
  const chosen = new Set(layers.map(owner));
  const vectors = eviction.vectors && tail > 0
    ? layers.flatMap((l) => [`queries.${l}`, `tail_keys.${l}`])
    : [];
  const caches = batch.map((item) =>
    allocateCache(
      place?.stays ? undefined : arena,
      config,
      item,
      (l) => keptEntries(item, config, l),
    )
  );
  const most = layers.map((l) => mostKept(batch, config, l)); // [layers]
  const landing = land(runtime, opened.worker, {
    caches,
    place: (_, l) => ({ rows: most[l]!, first: 0 }),
    prefix: "kept_",
  });
  try {
    const outputs = await opened.worker.send(
      {
        kind: "run",
        session: opened.name,
        feeds,
        fetch: [
          "bad",
          ...[...chosen].map((l) => `kept_rows.${l}`),
          ...(tail > 0 ? ["log_probs"] : []),
          ...vectors,
        ],
        ...landing.wants,
      },
      Object.values(feeds).map((f) => f.data),
      signal,
    );
    checkScores(outputs.bad!, batch, rows);
    const landed = await landing.finish(
      caches.map((cache, b) => withPositions(cache, b, outputs, owner)),
      signal,
    );
    return landed.map((cache, b) => ({
      cache,
      ...(tail > 0 && { question: stats(batch[b]!, b, outputs, vectors) }),
    }));
  } catch (cause) {
    // After an abort the worker may still write: such memory is left to the collector, not reused.
    if (!signal?.aborted) landing.discard();
    throw cause;
  }
}

function checkItems(batch: readonly EvictedItem[]): void {
  for (const { ids, keep } of batch) {
    if (Number.isInteger(keep) && keep > 0 && keep <= ids.length) continue;
    throw new RangeError(`Cannot keep ${keep} of ${ids.length} entries`);
  }
}

/** The most that a layer keeps of an item. */
function mostKept(
  batch: readonly EvictedItem[],
  config: ModelConfig,
  layer: number,
): number {
  return Math.max(...batch.map((item) => keptEntries(item, config, layer)));
}

/** What the session's choice needs to know of every item. */
function evictionFeeds(
  batch: readonly EvictedItem[],
  rows: number,
  config: ModelConfig,
): Record<string, WireTensor> {
  const safe = new Uint8Array(batch.length * rows); // [batch, rows]
  for (const [b, item] of batch.entries()) safe.set(item.safe, b * rows);
  const int64 = (values: readonly number[]): WireTensor => ({
    type: "int64",
    data: BigInt64Array.from(values, BigInt),
    dims: [values.length],
  });
  const slidingFeeds: Record<string, WireTensor> = {};
  for (const [l, { sliding }] of (config.layerKinds ?? []).entries()) {
    if (sliding === undefined) continue;
    const keep = batch.map((item) => keptEntries(item, config, l));
    slidingFeeds[`keep_${sliding}`] = int64(keep); // [batch]
    slidingFeeds[`most_${sliding}`] = int64([mostKept(batch, config, l)]); // [1]
  }
  return {
    entries: int64(batch.map((item) => item.ids.length)), // [batch]
    keep: int64(batch.map((item) => item.keep)), // [batch]
    lead: int64(batch.map((item) => item.lead)), // [batch]
    safe: { type: "bool", data: safe, dims: [batch.length, rows] },
    most: int64([Math.max(...batch.map(({ keep }) => keep))]), // [1]
    ...slidingFeeds,
  };
}

/** 1 for the tail's last rows, which vote. */
function rowWeights(
  { rows = Infinity }: EvictedItem,
  tail: number,
): WireTensor {
  const data = new Float32Array(tail).fill(1, Math.max(0, tail - rows)); // [tail]
  return { type: "float32", data, dims: [1, 1, 1, tail] };
}

function checkScores(
  { data, dims: [, layers] }: WireTensor, // [batch, layers]
  batch: readonly EvictedItem[],
  rows: number,
): void {
  const at = (data as Int32Array).findIndex((place) => place > 0);
  if (at < 0) return;
  const b = Math.floor(at / layers!);
  const place = (data as Int32Array)[at]! - 1; // in [kvHeads, rows]
  throw new RangeError(
    `Score of chunk ${batch[b]!.chunk ?? b}, layer ${at % layers!}, KV head ${
      Math.floor(place / rows)
    }, entry ${place % rows} is not a number`,
  );
}

/** The cache of item `b`, each entry with its row in the chunk. */
function withPositions(
  cache: KvCache,
  b: number,
  outputs: Readonly<Record<string, WireTensor>>,
  owner: (layer: number) => number,
): KvCache {
  const layers = cache.layers.map((layer, l) => {
    const { data, dims } = outputs[`kept_rows.${owner(l)}`]!;
    const [, sets, most] = dims as [number, number, number];
    const positions = new Int32Array(cache.kvHeads * layer.entries); // [kvHeads, entries]
    for (let head = 0; head < cache.kvHeads; head++) {
      const from = (b * sets + (sets === 1 ? 0 : head)) * most;
      positions.set(
        (data as Int32Array).subarray(from, from + layer.entries),
        head * layer.entries,
      );
    }
    return { ...layer, positions };
  });
  return { ...cache, layers };
}

/** What the pass says about the question; its vectors only where they were fetched. */
function stats(
  { tail, ids }: EvictedItem,
  b: number,
  outputs: Readonly<Record<string, WireTensor>>,
  vectors: readonly string[],
): QuestionStats {
  const slice = (name: string) => {
    const { data, dims } = outputs[name]!;
    const size = data.length / dims[0]!;
    return (data as Float32Array).slice(b * size, (b + 1) * size);
  };
  const named = (prefix: string) =>
    vectors.filter((name) => name.startsWith(prefix)).map(slice);
  const logProbs = new Float32Array(tail!.length).fill(NaN); // [tail]
  logProbs.set(slice("log_probs"), 1);
  return {
    ids: tail!,
    position: ids.length,
    logProbs,
    queries: named("queries."), // layers × [heads, tail, headDim]
    keys: named("tail_keys."), // layers × [kvHeads, tail, headDim]
  };
}
