import type { Arena } from "../../kernels/cache/arena.ts";
import type { EntryRun, KvCache } from "../../kernels/cache/kv_cache.ts";
import { hostCache } from "../../kernels/cache/resident_cache.ts";
import { keepEntries, keptRuns, type KeptSource } from "./keep_entries.ts";

/**
 * What {@linkcode keepEntries} gives, put together where the model computes as long as it does: keys and values do not
 * come to the host then, and those on the host are copied there once.
 */
export async function joinEntries(
  arena: Arena,
  sources: readonly KeptSource[],
  signal?: AbortSignal,
): Promise<KvCache> {
  const caches = sources.map(({ cache }) => cache);
  const place = caches.find((cache) => cache.place)?.place;
  if (!place?.open) return await joinOnHost(arena, sources, signal);
  const { headDim, kvHeads, layers } = caches[0]!;
  const without = sources.map((source) => ({
    ...source,
    cache: withoutNumbers(source.cache),
  }));
  const form = { ...keepEntries(arena, without), headDim };
  const runs: EntryRun[] = [];
  for (let layer = 0; layer < layers.length; layer++) {
    for (let head = 0; head < kvHeads; head++) {
      let to = 0;
      for (const [source, { cache, keep }] of sources.entries()) {
        for (const { from, length } of keptRuns(cache, keep, layer, head)) {
          runs.push({ source, layer, head, from, to, length });
          to += length;
        }
      }
    }
  }
  try {
    return await place.join(caches, form, runs, signal);
  } catch (error) {
    form.dispose?.();
    throw error;
  }
}

async function joinOnHost(
  arena: Arena,
  sources: readonly KeptSource[],
  signal?: AbortSignal,
): Promise<KvCache> {
  const hosts = await Promise.all(
    sources.map(({ cache }) => hostCache(cache, signal)),
  );
  const brought = hosts.filter((host, i) => host !== sources[i]!.cache);
  const kept = keepEntries(
    arena,
    sources.map((source, i) => ({ ...source, cache: hosts[i]! })),
  );
  for (const host of brought) host.dispose?.();
  return kept;
}

/** All that a cache says but keys and values. */
function withoutNumbers(cache: KvCache): KvCache {
  const none = new Float32Array(0);
  const { resident: _, place: _p, ...said } = cache;
  return {
    ...said,
    headDim: 0,
    layers: cache.layers.map((layer) => ({
      ...layer,
      keys: none,
      values: none,
    })),
  };
}
