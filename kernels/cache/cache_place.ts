import type { Arena } from "./arena.ts";
import type { OutputPlace } from "./chunk_cache.ts";
import type { EntryRun, KvCache } from "./kv_cache.ts";
import type {
  Feed,
  Gathered,
  RunRequest,
  WireTensor,
} from "../engine/protocol.ts";
import {
  type CacheSlots,
  hostCache,
  type Residence,
  residenceIn,
  residentCache,
  type ResidentPlace,
} from "./resident_cache.ts";
import type { SessionPool } from "../model/session_pool.ts";
import type { SessionWorker } from "../engine/session_worker.ts";

/** Puts caches together in the worker that decodes. */
export class CachePlace implements ResidentPlace {
  readonly residents = new Set<Residence>();
  readonly #joining = new Set<Promise<unknown>>();
  #open = true;

  /** @param stays Whether keys and values stay where they are computed from the prefill on; else from the merge on. */
  constructor(
    readonly pool: SessionPool,
    readonly arena: Arena,
    readonly stays: boolean,
  ) {}

  get open(): boolean {
    return this.#open;
  }

  async join(
    sources: readonly KvCache[],
    form: KvCache,
    runs: readonly EntryRun[],
    signal?: AbortSignal,
  ): Promise<KvCache> {
    const joining = this.#join(sources, form, runs, signal);
    this.#joining.add(joining);
    try {
      return await joining;
    } finally {
      this.#joining.delete(joining);
    }
  }

  async #join(
    sources: readonly KvCache[],
    form: KvCache,
    runs: readonly EntryRun[],
    signal?: AbortSignal,
  ): Promise<KvCache> {
    const { worker } = await this.pool.joining(1);
    const brought: KvCache[] = [];
    const slots = newSlots(form);
    const inSlots = () => residentCache(form, slots, { worker, place: this });
    try {
      const near = await Promise.all(sources.map(async (cache) => {
        if (!cache.resident || residenceIn(cache, worker)) return cache;
        const read = await hostCache(cache, signal);
        brought.push(read);
        return read;
      }));
      if (!this.stays && !near.some(({ resident }) => resident)) {
        const tensors = gathered(near, form, runs, slots);
        await worker.send({ kind: "bind", tensors }, [], signal);
        return inSlots();
      }
      const { name } = await this.pool.joining(sources.length);
      const joins = form.layers.flatMap((layer, l) => {
        const own = runs.filter((run) => run.layer === l);
        const rows = near.map((cache) => cache.layers[l]!.entries);
        const index = joinIndex(form.kvHeads, layer.entries, rows, own);
        return (["keys", "values"] as const).map((part) => {
          const feeds = near.map((cache, i) =>
            [`source.${i}`, sourceFeed(cache, worker, part, l)] as const
          );
          return joinInto(slots[part][l]!, name, {
            ...Object.fromEntries(feeds),
            index: indexFeed(index, form.kvHeads),
          });
        });
      });
      await worker.send({ kind: "runs", runs: joins }, [], signal);
      return inSlots();
    } catch (error) {
      const all = [...slots.keys, ...slots.values];
      worker.send({ kind: "unbind", slots: all }).catch(() => {}); // the worker has ended
      throw error;
    } finally {
      for (const cache of brought) cache.dispose?.();
    }
  }

  /** Brings what somebody still holds to the host, before the workers end. */
  async leave(): Promise<void> {
    this.#open = false;
    await Promise.allSettled(this.#joining);
    await Promise.allSettled([...this.residents].map((one) => one.leave()));
  }

  /** Gives every item of a batch the part of the outputs that is its cache, in the worker that computed them. */
  async split(
    { worker, from, to }: {
      readonly worker: SessionWorker;
      readonly from: CacheSlots;
      readonly to: readonly CacheSlots[];
    },
    signal?: AbortSignal,
  ): Promise<void> {
    const session = await this.pool.splitting(to.length, worker);
    const parts = ["keys", "values"] as const;
    const feeds = parts.flatMap((part) =>
      from[part].map((slot, l) => [`${part}.${l}`, { slot }] as const)
    );
    const store = parts.flatMap((part) =>
      to.flatMap((slots, i) =>
        slots[part].map((slot, l) => [`${part}.${l}.${i}`, slot] as const)
      )
    );
    await worker.send(
      {
        kind: "run",
        session,
        feeds: Object.fromEntries(feeds),
        fetch: [],
        copies: [],
        store: Object.fromEntries(store),
      },
      [],
      signal,
    );
  }

  /** Cuts a cache out of a batch's outputs, in the worker that computed them. */
  async cut(
    { worker, from, to }: {
      readonly worker: SessionWorker;
      readonly from: CacheSlots;
      readonly to: CacheSlots;
    },
    { kvHeads, layers }: KvCache,
    place: (layer: number) => OutputPlace & { readonly item: number },
    signal?: AbortSignal,
  ): Promise<void> {
    const { name } = await this.pool.joining(1, worker);
    const cuts = layers.flatMap(({ entries }, l) => {
      const { rows, first, item } = place(l);
      const index = Int32Array.from(
        { length: kvHeads * entries },
        (_, i) =>
          (item * kvHeads + Math.floor(i / entries)) * rows + first +
          i % entries,
      ); // [kvHeads, entries]
      return (["keys", "values"] as const).map((part) =>
        joinInto(to[part][l]!, name, {
          "source.0": { slot: from[part][l]! },
          index: indexFeed(index, kvHeads),
        })
      );
    });
    await worker.send({ kind: "runs", runs: cuts }, [], signal);
  }

  /**
   * The cache where a worker reads it: the same one where it is there, or on the host of a processor, else a new one
   * for as long as it is used.
   */
  async hold(
    cache: KvCache,
    worker: SessionWorker,
    signal?: AbortSignal,
  ): Promise<KvCache & Disposable> {
    if (residenceIn(cache, worker) || !this.stays && !cache.resident) {
      return { ...cache, [Symbol.dispose]: () => {} };
    }
    const held = await this.#all(cache, signal);
    return { ...held, [Symbol.dispose]: () => held.dispose?.() };
  }

  async #all(cache: KvCache, signal?: AbortSignal): Promise<KvCache> {
    const { dispose: _, resident: _r, ...form } = cache;
    const runs = cache.layers.flatMap(({ entries: length }, layer) =>
      Array.from(
        { length: cache.kvHeads },
        (_, head) => ({ source: 0, layer, head, from: 0, to: 0, length }),
      )
    );
    return await this.join([cache], form, runs, signal);
  }
}

/** Names of slots that no other cache has. */
export function newSlots(
  { layers }: Pick<KvCache, "layers">,
): { readonly keys: string[]; readonly values: string[] } {
  const own = crypto.randomUUID();
  return {
    keys: layers.map((_, l) => `${own}.keys.${l}`),
    values: layers.map((_, l) => `${own}.values.${l}`),
  };
}

/** A copy, for engines give the memory of feeds back. */
function indexFeed(
  index: Int32Array, // [kvHeads, entries]
  kvHeads: number,
): WireTensor {
  const dims = [kvHeads, index.length / kvHeads];
  return { type: "int32", data: index.slice(), dims };
}

/** A run of a `join` session whose output stays in a slot. */
export function joinInto(
  slot: string,
  session: string,
  feeds: Readonly<Record<string, Feed>>,
): RunRequest {
  return {
    kind: "run",
    session,
    feeds,
    fetch: [],
    copies: [],
    store: { joined: slot },
  };
}

/** Host caches put together as they are copied into a worker's memory: once. */
function gathered(
  sources: readonly KvCache[],
  { kvHeads, headDim, layers }: KvCache,
  runs: readonly EntryRun[],
  slots: CacheSlots,
): Record<string, Gathered> {
  const tensors: Record<string, Gathered> = {};
  for (const part of ["keys", "values"] as const) {
    for (const [l, { entries }] of layers.entries()) {
      const pieces = runs.filter(({ layer }) => layer === l).map((run) => {
        const { source, head, from, to, length } = run;
        const { entries: rows, [part]: data } = sources[source]!.layers[l]!;
        const at = (head * rows + from) * headDim;
        return {
          data: data.subarray(at, at + length * headDim), // [length, headDim]
          at: (head * entries + to) * headDim,
        };
      });
      const dims = [1, kvHeads, entries, headDim];
      tensors[slots[part][l]!] = { dims, pieces };
    }
  }
  return tensors;
}

/** Which row of all sources' heads, one behind the other, every entry is; padding is the first. */
function joinIndex(
  kvHeads: number,
  entries: number,
  rows: readonly number[], // of every source's heads
  runs: readonly EntryRun[],
): Int32Array {
  const index = new Int32Array(kvHeads * entries); // [kvHeads, entries]
  const starts = [0];
  for (const count of rows) starts.push(starts.at(-1)! + kvHeads * count);
  for (const { source, head, from, to, length } of runs) {
    const first = starts[source]! + head * rows[source]! + from;
    for (let i = 0; i < length; i++) index[head * entries + to + i] = first + i;
  }
  return index;
}

function sourceFeed(
  cache: KvCache,
  worker: SessionWorker,
  part: "keys" | "values",
  l: number,
): Feed {
  const slot = residenceIn(cache, worker)?.slots[part][l];
  if (slot !== undefined) return { slot };
  const { kvHeads, headDim } = cache;
  const { entries, [part]: data } = cache.layers[l]!;
  return { type: "float32", data, dims: [1, kvHeads, entries, headDim] };
}
