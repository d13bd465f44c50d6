import { type CachePlace, newSlots } from "../cache/cache_place.ts";
import { cacheCopies, type OutputPlace } from "../cache/chunk_cache.ts";
import type { KvCache } from "../cache/kv_cache.ts";
import type { RunRequest } from "../engine/protocol.ts";
import { type CacheSlots, residentCache } from "../cache/resident_cache.ts";
import type { Runtime } from "../model/runtime.ts";
import type { SessionWorker } from "../engine/session_worker.ts";

/** Which part of a prefill's outputs every cache takes. */
export interface LandingParts {
  /** One an item of the batch. */
  readonly caches: readonly KvCache[];
  /** Rows of an output, and the first one that a cache takes. */
  place(cache: number, layer: number): OutputPlace;
  /** Before the names of the outputs `keys.l` and `values.l`. */
  readonly prefix: string;
}

/** Where the keys and values of one prefill go. */
export interface Landing {
  /** What the run does with its outputs. */
  readonly wants: Pick<RunRequest, "copies" | "store">;
  /** After the run: the caches with keys and values, in order; they may say more than they did before. */
  finish(
    caches: readonly KvCache[],
    signal?: AbortSignal,
  ): Promise<readonly KvCache[]>;
  /** After an error, unless the worker may still write. */
  discard(): void;
}

/** Where a model's prefills go: into slots where they are to stay, else onto the host. */
export function land(
  { place }: Runtime,
  worker: SessionWorker,
  parts: LandingParts,
): Landing {
  return place?.stays
    ? landInSlots(parts, worker, place)
    : landOnHost(parts, place);
}

/** Onto shared memory of the host, which the caches have. */
function landOnHost(
  { caches, place, prefix }: LandingParts,
  home: CachePlace | undefined,
): Landing {
  return {
    wants: {
      copies: caches.flatMap((cache, b) =>
        cacheCopies(cache, b, (_, l) => place(b, l), prefix)
      ),
      store: {},
    },
    finish: (caches) =>
      Promise.resolve(
        home ? caches.map((cache) => ({ ...cache, place: home })) : caches,
      ),
    discard: () => caches.forEach((cache) => cache.dispose?.()),
  };
}

/** Into slots of the worker that computes: as they are where an output is all of a cache, else split or cut there. */
function landInSlots(
  parts: LandingParts,
  worker: SessionWorker,
  home: CachePlace,
): Landing {
  const { caches, prefix, place } = parts;
  const whole = newSlots(caches[0]!);
  const store = Object.fromEntries(
    caches[0]!.layers.flatMap((_, l) => [
      [`${prefix}keys.${l}`, whole.keys[l]!],
      [`${prefix}values.${l}`, whole.values[l]!],
    ]),
  );
  const discard = () => {
    const slots = Object.values(store);
    worker.send({ kind: "unbind", slots }).catch(() => {}); // the worker has ended
  };
  const inSlots = (cache: KvCache, slots: CacheSlots) =>
    residentCache(cache, slots, { worker, place: home });
  return {
    wants: { copies: [], store },
    async finish(said, signal) {
      const fits = said.every(({ layers }, b) =>
        layers.every(({ entries }, l) => place(b, l).rows === entries)
      );
      if (fits && said.length === 1) return [inSlots(said[0]!, whole)];
      const cut: KvCache[] = [];
      try {
        if (fits) {
          const to = said.map(newSlots);
          cut.push(...said.map((cache, b) => inSlots(cache, to[b]!)));
          await home.split({ worker, from: whole, to }, signal);
          return cut;
        }
        for (const [b, cache] of said.entries()) {
          const slots = newSlots(cache);
          cut.push(inSlots(cache, slots));
          await home.cut(
            { worker, from: whole, to: slots },
            cache,
            (l) => ({ ...place(b, l), item: b }),
            signal,
          );
        }
        return cut;
      } catch (error) {
        for (const cache of cut) cache.dispose?.();
        throw error;
      } finally {
        discard();
      }
    },
    discard,
  };
}
