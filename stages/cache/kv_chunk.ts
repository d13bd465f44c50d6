import type { Lease } from "../../core/budget.ts";
import type { Owned } from "../../core/owned.ts";
import type { KvCache, QuestionStats } from "../../kernels/cache/kv_cache.ts";
import { HeldCache } from "./held_cache.ts";
import { type LeaseContext, leaseInPlaceOf } from "./lease_in_place.ts";
import type { Chunk, KvChunk } from "../types.ts";

/** What a {@linkcode KvChunk} says, without who owns it. */
export interface KvChunkParts {
  readonly chunk: Chunk;
  readonly cache: KvCache;
  readonly entriesBefore: number;
  readonly bytesHeld?: number;
  readonly question?: QuestionStats;
  readonly score?: number;
  readonly better?: "low" | "high";
  readonly read?: number;
  readonly inFlight?: number;
}

/** Makes a chunk that owns its cache and the lease on its bytes; both go back with the last `release()`. */
export function ownKvChunk(parts: KvChunkParts, lease?: Lease): KvChunk {
  return new OwnedKvChunk(parts, new HeldCache(parts.cache, lease));
}

/**
 * The same memory and the same ownership with more said about it, also by a cache that reads this memory differently:
 * replaces `chunk`, which is not to be used any more.
 */
export function describeKvChunk(
  chunk: KvChunk,
  more: Partial<
    Pick<KvChunkParts, "question" | "score" | "better" | "read" | "cache">
  >,
): KvChunk {
  return new OwnedKvChunk({ ...partsOf(chunk), ...more }, ownerOf(chunk));
}

/**
 * The chunk with another, smaller cache, which takes the old one's place. The bytes of the new one stay leased
 * without waiting, or, where other readers still hold the old one, are leased anew. When that fails, `chunk` is as
 * it was.
 */
export async function replaceCache(
  chunk: KvChunk,
  cache: KvCache,
  ctx: LeaseContext,
): Promise<KvChunk> {
  const parts = { ...partsOf(chunk), cache };
  const lease = await leaseInPlaceOf([ownerOf(chunk)], cache.bytes, ctx);
  return ownKvChunk(parts, lease);
}

/** Its place in the order in which chunks are read. */
export function turnOf({ chunk }: Pick<KvChunk, "chunk">): number {
  return chunk.turn ?? chunk.index;
}

/** Bytes of the chunk's KV when it left its prefill. */
export function fullBytes(chunk: KvChunk): number {
  const { cache, entriesBefore, bytesHeld } = chunk;
  return bytesHeld ?? entriesBefore * cache.layers.length * 2 * cache.kvHeads *
      cache.headDim * Float32Array.BYTES_PER_ELEMENT;
}

/** Bytes that are leased for a chunk's cache; `undefined` where it is not known who owns it. */
export function leasedBytes(chunk: KvChunk): number | undefined {
  const owner = ownerOf(chunk);
  return owner instanceof HeldCache ? owner.lease?.bytes : undefined;
}

/** Who counts a chunk's readers. */
export const ownerOf = (chunk: KvChunk): Owned => OwnedKvChunk.owner(chunk);

class OwnedKvChunk implements KvChunk, Owned {
  readonly chunk: Chunk;
  readonly cache: KvCache;
  readonly entriesBefore: number;
  declare readonly bytesHeld?: number;
  declare readonly question?: QuestionStats;
  declare readonly score?: number;
  declare readonly better?: "low" | "high";
  declare readonly read?: number;
  declare readonly inFlight?: number;
  readonly #owner: Owned;

  constructor(parts: KvChunkParts, owner: Owned) {
    this.chunk = parts.chunk;
    this.cache = parts.cache;
    this.entriesBefore = parts.entriesBefore;
    if (parts.bytesHeld !== undefined) this.bytesHeld = parts.bytesHeld;
    if (parts.question) this.question = parts.question;
    if (parts.score !== undefined) this.score = parts.score;
    if (parts.better) this.better = parts.better;
    if (parts.read !== undefined) this.read = parts.read;
    if (parts.inFlight !== undefined) this.inFlight = parts.inFlight;
    this.#owner = owner;
  }

  static owner(chunk: KvChunk): Owned {
    return chunk instanceof OwnedKvChunk ? chunk.#owner : chunk;
  }

  retain(): void {
    this.#owner.retain();
  }

  release(): void {
    this.#owner.release();
  }

  park(by: string): void {
    this.#owner.park?.(by);
  }

  unpark(by: string): void {
    this.#owner.unpark?.(by);
  }
}

function partsOf(chunk: KvChunk): KvChunkParts {
  const { cache, question, score, better, read, inFlight } = chunk;
  const { entriesBefore, bytesHeld } = chunk;
  return {
    chunk: chunk.chunk,
    cache,
    entriesBefore,
    ...(bytesHeld !== undefined && { bytesHeld }),
    ...(question && { question }),
    ...(score !== undefined && { score }),
    ...(better && { better }),
    ...(read !== undefined && { read }),
    ...(inFlight !== undefined && { inFlight }),
  };
}
