import type { Lease } from "../../core/budget.ts";
import type { Owned } from "../../core/owned.ts";
import type { KvCache } from "../../kernels/kv_cache.ts";
import { HeldCache } from "./held_cache.ts";
import { type LeaseContext, leaseInPlaceOf } from "./lease_in_place.ts";
import type { KeptChunk, MergedContext } from "../types.ts";

/** What a {@linkcode MergedContext} says, without who owns it. */
export interface MergedContextParts {
  readonly cache: KvCache;
  readonly position: number;
  readonly kept: readonly KeptChunk[];
  readonly chunks: number;
}

/** Who counts a context's readers; a copy of the object has it too. */
const owner = Symbol("owner");

/** Makes a context that owns its cache and the lease on its bytes. */
export function ownMergedContext(
  { cache, position, kept, chunks }: MergedContextParts,
  lease?: Lease,
): MergedContext {
  const held = new HeldCache(cache, lease);
  const owned: MergedContext & Owned & Owner = {
    cache,
    position,
    kept,
    chunks,
    [owner]: held,
    retain: () => held.retain(),
    release: () => held.release(),
    park: (by) => held.park(by),
    unpark: (by) => held.unpark(by),
  };
  return owned;
}

/** The context with another, smaller cache, which takes the old one's place; when that fails, it is as it was. */
export async function replaceMergedCache(
  context: MergedContext & Partial<Owner>,
  cache: KvCache,
  ctx: LeaseContext,
): Promise<MergedContext> {
  const { position, kept, chunks } = context;
  const owners = [context[owner] ?? context];
  const lease = await leaseInPlaceOf(owners, cache.bytes, ctx);
  return ownMergedContext({ cache, position, kept, chunks }, lease);
}

interface Owner {
  readonly [owner]: HeldCache;
}
