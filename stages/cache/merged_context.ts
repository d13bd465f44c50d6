import type { Lease } from "../../core/budget.ts";
import type { Owned } from "../../core/owned.ts";
import type { StageContext } from "../../core/stage.ts";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import { HeldCache } from "./held_cache.ts";
import { type LeaseContext, leaseInPlaceOf } from "./lease_in_place.ts";
import { headEntries } from "./new_cache.ts";
import type { KeptChunk, MergedContext, MergedSource } from "../types.ts";
import type { HeldToken } from "./held_tokens.ts";

/** What a {@linkcode MergedContext} says, without who owns it. */
export interface MergedContextParts {
  readonly cache: KvCache;
  readonly position: number;
  readonly kept: readonly KeptChunk[];
  readonly chunks: number;
  readonly read?: number;
  readonly sources?: readonly MergedSource[];
  readonly places?: Int32Array; // [position]
}

/** Who counts a context's readers; a copy of the object has it too. */
const owner = Symbol("owner");

/** Makes a context that owns its cache and the lease on its bytes. */
export function ownMergedContext(
  { cache, position, kept, chunks, read, sources, places }: MergedContextParts,
  lease?: Lease,
): MergedContext {
  const held = new HeldCache(cache, lease);
  const owned: MergedContext & Owned & Owner = {
    cache,
    position,
    kept,
    chunks,
    ...(read !== undefined && { read }),
    ...(sources && { sources }),
    ...(places && { places }),
    [owner]: held,
    retain: () => held.retain(),
    release: () => held.release(),
    park: (by) => held.park(by),
    unpark: (by) => held.unpark(by),
  };
  return owned;
}

/**
 * The context with another, smaller cache, which takes the old one's place; `kept` says what it holds of every chunk.
 * When that fails, it is as it was.
 */
export async function replaceMergedCache(
  context: MergedContext & Partial<Owner>,
  cache: KvCache,
  ctx: LeaseContext,
): Promise<MergedContext> {
  const { kept } = context;
  const owners = [context[owner] ?? context];
  const lease = await leaseInPlaceOf(owners, cache.bytes, ctx);
  return ownMergedContext(
    { ...context, cache, kept: keptIn(cache, kept) },
    lease,
  );
}

/** A text that was read again. */
export interface RereadText {
  readonly tokens: readonly HeldToken[];
  readonly lead: Int32Array; // [lead]
  /** On the cache's bytes. */
  readonly lease: Lease;
  /** Of the entries of a chunk, in nats, by its index; the lead has none. */
  readonly bias?: ReadonlyMap<number, number> | undefined;
}

/**
 * What the tokens of a context became when they were prefilled once more; the context is released, unless this fails.
 * The lead counts to the first chunk that tokens are of.
 */
export function rereadContext(
  context: MergedContext,
  cache: KvCache,
  { tokens, lead, lease, bias }: RereadText,
): MergedContext {
  const { kept, chunks, read, sources } = context;
  const from = [...lead].map((_, position) => ({
    chunk: tokens[0]?.chunk ?? kept[0]!.chunk,
    position,
  })).concat(tokens); // [position]
  const biasOf = (at: number) =>
    at < lead.length ? 0 : bias!.get(from[at]!.chunk)!;
  const layers = cache.layers.map((layer) => ({
    ...layer,
    chunks: layer.positions.map((at) => from[at]!.chunk), // [kvHeads, entries]
    ...(bias && { bias: Float32Array.from(layer.positions, biasOf) }), // [kvHeads, entries]
  }));
  const again = { ...cache, layers };
  const parts = {
    cache: again,
    position: from.length,
    kept: keptIn(again, kept),
    chunks,
    ...(read !== undefined && { read }),
    ...(sources && { sources }),
    places: Int32Array.from(from, ({ position }) => position), // [position]
  };
  context.release();
  return ownMergedContext(parts, lease);
}

/** The same memory and the same ownership, read differently: replaces `context`, which is not to be used any more. */
export function describeMergedContext(
  context: MergedContext,
  cache: KvCache,
): MergedContext {
  return { ...context, cache };
}

/** Bytes that are leased for a context's cache; `undefined` where it is not known who owns it. */
export function leasedBytes(
  context: MergedContext & Partial<Owner>,
): number | undefined {
  return context[owner]?.lease?.bytes;
}

/** Says as metrics how many bytes of a context were leased, and how many are; nothing where that is not known. */
export function sayBytes(
  { emit }: Pick<StageContext, "emit">,
  before: number | undefined,
  now: number | undefined,
): void {
  if (before === undefined || now === undefined) return;
  const unit = "bytes";
  emit({ type: "metric", name: "kvBytesBefore", value: before, unit });
  emit({ type: "metric", name: "kvBytes", value: now, unit });
}

/**
 * The chunks that a merged cache holds entries of, and how many; the same list where it does not know where its
 * entries came from.
 */
function keptIn(
  { layers, kvHeads }: KvCache,
  kept: readonly KeptChunk[],
): readonly KeptChunk[] {
  const totals = new Map<number, number>();
  for (const layer of layers) {
    if (!layer.chunks) return kept;
    for (let head = 0; head < kvHeads; head++) {
      const from = head * layer.entries;
      const held = layer.chunks.subarray(from, from + headEntries(layer, head));
      for (const chunk of held) totals.set(chunk, (totals.get(chunk) ?? 0) + 1);
    }
  }
  return kept.flatMap((one) => {
    const entries = (totals.get(one.chunk) ?? 0) / (layers.length * kvHeads);
    return entries > 0 ? [{ ...one, entries }] : [];
  });
}

interface Owner {
  readonly [owner]: HeldCache;
}
