import { z } from "zod";
import { gather } from "../core/gather.ts";
import type { Lease } from "../core/lease.ts";
import { whileParked } from "../core/owned.ts";
import { owning } from "../core/owning.ts";
import { single, stream } from "../core/port.ts";
import { defineStage, type StageContext } from "../core/stage.ts";
import { Arena } from "../kernels/arena.ts";
import type { KvCache } from "../kernels/kv_cache.ts";
import { joinEntries } from "./cache/join_entries.ts";
import type { KeepMasks } from "./cache/keep_entries.ts";
import { ownerOf } from "./cache/kv_chunk.ts";
import { leaseInPlaceOf } from "./cache/lease_in_place.ts";
import { ownMergedContext } from "./cache/merged_context.ts";
import { headEntries } from "./cache/new_cache.ts";
import { type KeptChunk, KvChunk, MergedContext } from "./types.ts";

/** Options of `merge`: none. */
export const MergeOptions = z.strictObject({});

/**
 * Joins the kept chunks into one cache, in the document's order (paper eq. 9). Only the first keeps its lead (BOS,
 * template head); keys stay rotated for the positions they had inside their chunk. Inputs are released.
 */
export const merge = defineStage({
  name: "merge",
  summary: "Joins the kept chunks into one cache, in the document's order",
  inputs: { chunks: stream(KvChunk) },
  outputs: { context: single(MergedContext, { gives: ["fp32"] }) },
  options: MergeOptions,
  run: (inputs, _options, ctx) => ({
    context: inputs.chunks.pipe(
      gather(ctx.node),
      owning(
        ctx.node,
        1,
        (chunks, signal) => mergeChunks(chunks, { ...ctx, signal }),
      ),
    ),
  }),
});

/**
 * Joins chunks that come in any order, and takes their place. No chunk is a `RangeError`; after an error the chunks
 * are as they were.
 *
 * @param beside Chunks with which nothing happens while memory is awaited.
 */
export async function mergeChunks(
  chunks: readonly KvChunk[],
  ctx: StageContext,
  beside: readonly KvChunk[] = [],
): Promise<MergedContext> {
  if (chunks.length === 0) {
    throw new RangeError("No chunk reached merge; keep at least one");
  }
  const { signal } = ctx;
  const { ordered, cache, position, keep } = await joinChunks(chunks, signal);
  const kept = ordered.map((chunk, i) => keptChunk(chunk, keep[i]!));
  const owners = ordered.map(ownerOf);
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
  const { count } = ordered[0]!.chunk;
  return ownMergedContext({ cache, position, kept, chunks: count }, lease);
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
