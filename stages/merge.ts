import { z } from "zod";
import { gather } from "../core/gather.ts";
import type { Lease } from "../core/lease.ts";
import { whileParked } from "../core/owned.ts";
import { owning } from "../core/owning.ts";
import { single, stream } from "../core/port.ts";
import { defineStage, type StageContext } from "../core/stage.ts";
import { Arena } from "../kernels/cache/arena.ts";
import type { KvCache } from "../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../kernels/language_model.ts";
import { withHostCache } from "../kernels/cache/resident_cache.ts";
import { turnKeys } from "../kernels/cache/turn_keys.ts";
import { joinEntries } from "./cache/join_entries.ts";
import type { KeepMasks } from "./cache/keep_entries.ts";
import { ownerOf } from "./cache/kv_chunk.ts";
import { leaseInPlaceOf } from "./cache/lease_in_place.ts";
import { ownMergedContext } from "./cache/merged_context.ts";
import { headEntries } from "./cache/new_cache.ts";
import {
  type KeptChunk,
  KvChunk,
  MergedContext,
  type MergedSource,
  Model,
} from "./types.ts";
import { optional, withSingles } from "./with_singles.ts";

/** Options of `merge`: none. */
export const MergeOptions = z.strictObject({});

/**
 * Joins the kept chunks into one cache, in the document's order (paper eq. 9). Only the first keeps its lead (BOS,
 * template head); keys stay rotated for the positions they had inside their chunk, unless the chunker says that they
 * are to stand at the document's. Inputs are released.
 */
export const merge = defineStage({
  name: "merge",
  summary: "Joins the kept chunks into one cache, in the document's order",
  inputs: { chunks: stream(KvChunk), model: single(Model, { optional: true }) },
  outputs: { context: single(MergedContext, { gives: ["fp32", "tokens"] }) },
  options: MergeOptions,
  run: (inputs, _options, ctx) => ({
    context: withSingles(
      { model: optional(inputs.model) },
      ({ model }, chunks) =>
        chunks.pipe(
          gather(ctx.node),
          owning(
            ctx.node,
            1,
            (chunks, signal) =>
              mergeChunks(chunks, { ...ctx, signal }, [], model),
          ),
        ),
      inputs.chunks,
    ),
  }),
});

/**
 * Joins chunks that come in any order, and takes their place. No chunk is a `RangeError`; after an error the chunks
 * are as they were.
 *
 * @param beside Chunks with which nothing happens while memory is awaited.
 * @param model Turns keys, where chunks say that these are to stand at the document's positions.
 */
export async function mergeChunks(
  chunks: readonly KvChunk[],
  ctx: StageContext,
  beside: readonly KvChunk[] = [],
  model?: Pick<LanguageModel, "config">,
): Promise<MergedContext> {
  if (chunks.length === 0) {
    throw new RangeError("No chunk reached merge; keep at least one");
  }
  const { signal } = ctx;
  const placed = await inPlaces(chunks, model, signal);
  const { ordered, cache, keep } = await joinChunks(placed, signal);
  const ends = ordered.map(({ chunk, entriesBefore }) =>
    (chunk.offset ?? 0) + entriesBefore
  );
  const position = Math.max(...ends);
  const kept = ordered.map((chunk, i) => keptChunk(chunk, keep[i]!));
  const owners = chunks.map(ownerOf);
  let lease: Lease;
  try {
    lease = await whileParked(
      beside,
      ctx.node,
      () => leaseInPlaceOf(owners, cache.bytes, ctx),
    );
  } catch (error) {
    cache.dispose?.();
    throw error;
  }
  for (const [i, chunk] of ordered.entries()) {
    ctx.emit({
      type: "chunk",
      action: "merged",
      chunk: chunk.chunk.index,
      entries: kept[i]!.entries,
      entriesBefore: chunk.entriesBefore,
      ...(chunk.score !== undefined && { score: chunk.score }),
    });
  }
  const { chunk: { count }, read } = ordered[0]!;
  const said = { chunks: count, ...(read !== undefined && { read }) };
  const sources = ordered.map(sourceOf);
  return ownMergedContext({ cache, position, kept, sources, ...said }, lease);
}

/** Chunks that were joined into one cache. */
export interface JoinedChunks {
  /** A new cache; the chunks keep theirs. */
  readonly cache: KvCache;
  /** Of the question's first token: the longest chunk's length. */
  readonly position: number;
  /** The chunks in the document's order, and which entries of each are in the cache. */
  readonly ordered: readonly KvChunk[];
  readonly keep: readonly KeepMasks[];
}

/** Copies chunks that come in any order into one cache; only the first keeps its lead. */
export async function joinChunks(
  chunks: readonly KvChunk[],
  signal?: AbortSignal,
): Promise<JoinedChunks> {
  const ordered = chunks.toSorted((a, b) => a.chunk.index - b.chunk.index);
  const sources = ordered.map((chunk, i) => ({
    cache: chunk.cache,
    keep: i === 0 ? everything(chunk) : withoutLead(chunk),
    chunk: chunk.chunk.index,
  }));
  return {
    cache: await joinEntries(new Arena(), sources, signal),
    position: Math.max(...ordered.map((chunk) => chunk.entriesBefore)),
    ordered,
    keep: sources.map(({ keep }) => keep),
  };
}

/** The chunks with keys turned to their places in the document, where they have one. */
async function inPlaces(
  chunks: readonly KvChunk[],
  model: Pick<LanguageModel, "config"> | undefined,
  signal: AbortSignal,
): Promise<readonly KvChunk[]> {
  if (chunks.every(({ chunk }) => chunk.offset === undefined)) return chunks;
  if (!model) {
    throw new TypeError(
      "Keys are to stand at the document's positions, for which merge needs the model; connect it: in: { chunks: …, model: model }",
    );
  }
  return await Promise.all(chunks.map(async (held) => {
    const { cache, chunk: { offset } } = held;
    if (!offset) return held;
    const turn = (host: KvCache) => {
      const turned = turnKeys(host, offset, model.config);
      return Promise.resolve(host === cache ? turned : withOwnValues(turned));
    };
    return { ...held, cache: await withHostCache(cache, turn, signal) };
  }));
}

/** The cache with copies of its values, for those that came to the host are given back. */
function withOwnValues(cache: KvCache): KvCache {
  return {
    ...cache,
    layers: cache.layers.map((layer) => ({
      ...layer,
      values: layer.values.slice(), // [kvHeads, entries, headDim]
    })),
  };
}

function everything({ cache }: KvChunk): KeepMasks {
  return cache.layers.map((layer) =>
    new Uint8Array(cache.kvHeads * layer.entries).fill(1) // [kvHeads, entries]
  );
}

/** A lead entry is known by its position, so that it is dropped also where eviction moved it. */
function withoutLead({ cache, chunk }: KvChunk): KeepMasks {
  return cache.layers.map((layer) =>
    Uint8Array.from(layer.positions, (at) => at < chunk.lead.length ? 0 : 1) // [kvHeads, entries]
  );
}

function sourceOf({ chunk, score, better }: KvChunk): MergedSource {
  if (score === undefined) return { chunk };
  return { chunk, merit: better === "high" ? score : -score };
}

function keptChunk(held: KvChunk, keep: KeepMasks): KeptChunk {
  const { chunk, cache, score, entriesBefore } = held;
  let total = 0;
  for (const [l, layer] of cache.layers.entries()) {
    for (let head = 0; head < cache.kvHeads; head++) {
      const from = head * layer.entries;
      const mask = keep[l]!.subarray(from, from + headEntries(layer, head));
      for (const kept of mask) total += kept;
    }
  }
  return {
    chunk: chunk.index,
    byteStart: chunk.byteStart,
    byteEnd: chunk.byteEnd,
    line: chunk.line,
    score: score ?? null,
    entries: total / (cache.layers.length * cache.kvHeads),
    entriesBefore,
  };
}
