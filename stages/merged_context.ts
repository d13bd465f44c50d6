import type { Lease } from "../core/budget.ts";
import type { StageContext } from "../core/stage.ts";
import type { KvCache } from "../kernels/kv_cache.ts";
import { HeldCache } from "./held_cache.ts";
import type { KeptChunk, MergedContext } from "./types.ts";

/** What a {@linkcode MergedContext} says, without who owns it. */
export interface MergedContextParts {
  readonly cache: KvCache;
  readonly position: number;
  readonly kept: readonly KeptChunk[];
  readonly chunks: number;
}

/** Makes a context that owns its cache and the lease on its bytes. */
export function ownMergedContext(
  { cache, position, kept, chunks }: MergedContextParts,
  lease?: Lease,
): MergedContext {
  const owner = new HeldCache(cache, lease);
  return {
    cache,
    position,
    kept,
    chunks,
    retain: () => owner.retain(),
    release: () => owner.release(),
  };
}

/** The context with another, smaller cache; the old one is released first, so that the new lease cannot wait for it. */
export async function replaceMergedCache(
  context: MergedContext,
  cache: KvCache,
  { budget, signal }: Pick<StageContext, "budget" | "signal">,
): Promise<MergedContext> {
  context.release();
  return ownMergedContext(
    { ...context, cache },
    await budget.lease(cache.bytes, signal),
  );
}
