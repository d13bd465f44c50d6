import type { Arena } from "./arena.ts";
import type { KvCache, KvPlace, ResidentKv } from "./kv_cache.ts";
import type { Slot } from "../engine/protocol.ts";
import type { SessionWorker } from "../engine/session_worker.ts";

/** Slots of every layer's keys and values, each [1, kvHeads, entries, headDim]. */
export interface CacheSlots {
  readonly keys: readonly string[]; // layers
  readonly values: readonly string[]; // layers
}

/** Keys and values in slots of a worker. */
export class Residence implements ResidentKv {
  /** Copies on the host, once the worker has ended. */
  #left: Promise<Float32Array[]> | undefined; // keys and values of each layer
  /** @param sizes Values of the keys of every layer, and of its values. */
  constructor(
    readonly worker: SessionWorker,
    readonly slots: CacheSlots,
    readonly sizes: readonly number[], // layers
    readonly arena: Arena,
  ) {}

  /** Inputs `keys.l` and `values.l` of sessions of the same worker. */
  feeds(): Record<string, Slot> {
    const { keys, values } = this.slots;
    return Object.fromEntries([
      ...keys.map((slot, l) => [`keys.${l}`, { slot }]),
      ...values.map((slot, l) => [`values.${l}`, { slot }]),
    ]);
  }

  async read(signal?: AbortSignal) {
    const { arena, sizes } = this;
    const total = sizes.reduce((a, b) => a + b, 0);
    const buffer = arena.allocate(2 * total * Float32Array.BYTES_PER_ELEMENT);
    let at = 0;
    const take = (size: number) => {
      const taken = new Float32Array(buffer, at, size); // [kvHeads, entries, headDim]
      at += taken.byteLength;
      return taken;
    };
    const layers = sizes.map((size) => ({
      keys: take(size),
      values: take(size),
    }));
    const targets = layers.flatMap(({ keys, values }) => [keys, values]);
    const left = await this.#left;
    if (left) targets.forEach((target, i) => target.set(left[i]!));
    // After an abort the worker may still write: such memory is left to the collector, not reused.
    else await this.#fill(targets, signal);
    return { layers, dispose: () => arena.release(buffer) };
  }

  /** Brings keys and values to the host for good: the worker ends. */
  async leave(): Promise<void> {
    const targets = this.sizes.flatMap((size) =>
      ["keys", "values"].map(() =>
        new Float32Array(new SharedArrayBuffer(size * 4))
      )
    );
    this.#left = this.#fill(targets).then(() => targets);
    await this.#left;
  }

  async #fill(
    targets: readonly Float32Array[],
    signal?: AbortSignal,
  ): Promise<void> {
    const { slots: { keys, values } } = this;
    const copies = targets.map((target, i) => ({
      slot: (i % 2 === 0 ? keys : values)[i >> 1]!,
      target,
    }));
    await this.worker.send({ kind: "read", copies }, [], signal);
  }
}

/**
 * The cache with its keys and values on the host: the same one where they are there, else a new one, which has to be
 * disposed like the first.
 */
export async function hostCache(
  cache: KvCache,
  signal?: AbortSignal,
): Promise<KvCache> {
  const { resident, dispose: _, ...said } = cache;
  if (!resident) return cache;
  const { layers, dispose } = await resident.read(signal);
  return {
    ...said,
    layers: cache.layers.map((layer, l) => ({ ...layer, ...layers[l]! })),
    dispose,
  };
}

/**
 * Runs `work` over the cache on the host; what was brought for it goes again.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { randomModel, withHostCache } from "parallelcomp";
 *
 * await using model = await randomModel({ resident: true });
 * const [item] = await model.prefill([{ ids: Int32Array.of(0, 5, 7) }]);
 * assert.equal(item!.cache.layers[0]!.keys.length, 0);
 * await withHostCache(item!.cache, async ({ kvHeads, headDim, layers }) => {
 *   assert.equal(layers[0]!.keys.length, kvHeads * 3 * headDim);
 *   await Promise.resolve();
 * });
 * ```
 */
export async function withHostCache<T>(
  cache: KvCache,
  work: (cache: KvCache) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const host = await hostCache(cache, signal);
  try {
    return await work(host);
  } finally {
    // After an abort the worker may still read: such memory is left to the collector, not reused.
    if (host !== cache && !signal?.aborted) host.dispose?.();
  }
}

/** A place that knows what stays there. */
export interface ResidentPlace extends KvPlace {
  readonly arena: Arena;
  readonly residents: Set<Residence>;
}

/** A cache whose keys and values are in slots, which are freed with it; `form` says all else. */
export function residentCache(
  form: KvCache,
  slots: CacheSlots,
  { worker, place }: {
    readonly worker: SessionWorker;
    readonly place: ResidentPlace;
  },
): KvCache {
  const { kvHeads, headDim } = form;
  const none = new Float32Array(0);
  const entries = form.layers.reduce((sum, layer) => sum + layer.entries, 0);
  const bytes = entries * 2 * kvHeads * headDim * none.BYTES_PER_ELEMENT;
  const { dispose: _, ...said } = form;
  const sizes = form.layers.map((layer) => kvHeads * layer.entries * headDim);
  const resident = new Residence(worker, slots, sizes, place.arena);
  place.residents.add(resident);
  return {
    ...said,
    bytes,
    place,
    layers: form.layers.map((layer) => ({
      ...layer,
      keys: none,
      values: none,
    })),
    resident,
    dispose() {
      if (!place.residents.delete(resident)) return;
      const all = [...slots.keys, ...slots.values];
      worker.send({ kind: "unbind", slots: all }).catch(() => {}); // the worker has ended
      form.dispose?.();
    },
  };
}

/** The residence of a cache in a worker; `undefined` where it is elsewhere. */
export function residenceIn(
  { resident }: KvCache,
  worker: SessionWorker,
): Residence | undefined {
  return resident instanceof Residence && resident.worker === worker
    ? resident
    : undefined;
}
