import type { Lease } from "../core/budget.ts";
import type { StageContext } from "../core/stage.ts";
import type { KvCache, QuestionStats } from "../kernels/kv_cache.ts";
import { HeldCache } from "./held_cache.ts";
import type { Chunk, KvChunk } from "./types.ts";

/** What a {@linkcode KvChunk} says, without who owns it. */
export interface KvChunkParts {
  readonly chunk: Chunk;
  readonly cache: KvCache;
  readonly entriesBefore: number;
  readonly question?: QuestionStats;
  readonly score?: number;
  readonly inFlight?: number;
}

/** Makes a chunk that owns its cache and the lease on its bytes; both go back with the last `release()`. */
export function ownKvChunk(parts: KvChunkParts, lease?: Lease): KvChunk {
  return new OwnedKvChunk(parts, new HeldCache(parts.cache, lease));
}

/** The same cache and the same ownership with more said about it: replaces `chunk`, which is not to be used any more. */
export function describeKvChunk(
  chunk: KvChunk,
  more: { readonly question?: QuestionStats; readonly score?: number },
): KvChunk {
  return new OwnedKvChunk({ ...partsOf(chunk), ...more }, ownerOf(chunk));
}

/**
 * The chunk with another, smaller cache. The old cache is released; the bytes of the new one stay leased
 * without waiting, or, where other readers still hold the old one, are leased anew.
 */
export async function replaceCache(
  chunk: KvChunk,
  cache: KvCache,
  ctx: Pick<StageContext, "budget" | "signal">,
): Promise<KvChunk> {
  const parts = { ...partsOf(chunk), cache };
  const owner = ownerOf(chunk);
  const handed = owner instanceof HeldCache
    ? owner.handOn(cache.bytes)
    : void owner.release();
  return ownKvChunk(
    parts,
    handed ?? await ctx.budget.lease(cache.bytes, ctx.signal),
  );
}

/** Bytes of the chunk's KV before anything was evicted. */
export function fullBytes({ cache, entriesBefore }: KvChunk): number {
  return entriesBefore * cache.layers.length * 2 * cache.kvHeads *
    cache.headDim * Float32Array.BYTES_PER_ELEMENT;
}

/** Counts the readers of a chunk. */
type Owner = Pick<HeldCache, "retain" | "release">;

class OwnedKvChunk implements KvChunk {
  readonly chunk: Chunk;
  readonly cache: KvCache;
  readonly entriesBefore: number;
  declare readonly question?: QuestionStats;
  declare readonly score?: number;
  declare readonly inFlight?: number;
  readonly #owner: Owner;

  constructor(parts: KvChunkParts, owner: Owner) {
    this.chunk = parts.chunk;
    this.cache = parts.cache;
    this.entriesBefore = parts.entriesBefore;
    if (parts.question) this.question = parts.question;
    if (parts.score !== undefined) this.score = parts.score;
    if (parts.inFlight !== undefined) this.inFlight = parts.inFlight;
    this.#owner = owner;
  }

  static owner(chunk: KvChunk): Owner {
    return chunk instanceof OwnedKvChunk ? chunk.#owner : chunk;
  }

  retain(): void {
    this.#owner.retain();
  }

  release(): void {
    this.#owner.release();
  }
}

const ownerOf = (chunk: KvChunk): Owner => OwnedKvChunk.owner(chunk);

function partsOf(chunk: KvChunk): KvChunkParts {
  const { cache, entriesBefore, question, score, inFlight } = chunk;
  return {
    chunk: chunk.chunk,
    cache,
    entriesBefore,
    ...(question && { question }),
    ...(score !== undefined && { score }),
    ...(inFlight !== undefined && { inFlight }),
  };
}
