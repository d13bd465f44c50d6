import { cacheFeeds } from "../cache/cache_feeds.ts";
import { type DecodeName, decodeName, isInt8 } from "../cache/cache_form.ts";
import { requireTurnedKeys } from "../rope/choose_positions.ts";
import type { KvCache } from "../cache/kv_cache.ts";
import type { DecodeState, TailLimit } from "../language_model.ts";
import { residenceIn } from "../cache/resident_cache.ts";
import { cacheFactors, type RopeFactors } from "../rope/rope_factors.ts";
import type { Runtime } from "../model/runtime.ts";
import type { Slot, WireTensor } from "../engine/protocol.ts";
import { emptyTail, movable, rowFeeds } from "./row_feeds.ts";
import type { SessionWorker } from "../engine/session_worker.ts";

/** Above every attention and every index: what has it stays. */
const FIRM = 1e9;

/** Decoding whose static cache and tail both stay in the worker; only ids go in and logits come out. */
export class CacheDecoder implements DecodeState {
  readonly #slots: Readonly<Record<string, Slot>>;
  /** Those of them that go with the decoder. */
  readonly #own: Readonly<Record<string, Slot>>;
  readonly #store: Readonly<Record<string, string>>;
  /** Where the rows' queries are kept, for what chooses among the tail's entries. */
  readonly #queries: Readonly<Record<string, string>>;
  readonly #factors: RopeFactors | undefined;
  #rows = 0;
  #tail = 0;
  /** Entries of the first rows, the question: they stay. */
  #firm = 0;

  private constructor(
    readonly runtime: Runtime,
    readonly worker: SessionWorker,
    readonly session: DecodeName,
    readonly prefix: string,
    inputs: readonly string[],
    readonly position: number,
    readonly limit: TailLimit | undefined,
    factors: RopeFactors | undefined,
    /** The cache, where its keys and values stay. */
    readonly held: (KvCache & Disposable) | undefined,
  ) {
    this.#factors = factors;
    const slot = (name: string) => `${prefix}.${name}`;
    this.#own = Object.fromEntries(
      inputs.map((name) => [name, { slot: slot(name) }]),
    );
    this.#slots = {
      ...this.#own,
      ...(held && residenceIn(held, worker)?.feeds()),
    };
    this.#store = Object.fromEntries(
      inputs.filter((name) => name.startsWith("tail_")).map((name) => [
        name.replace("tail_", "next_"),
        slot(name),
      ]),
    );
    const layers = limit ? runtime.config.layers : 0;
    this.#queries = Object.fromEntries(
      Array.from({ length: layers }, (_, l) => `queries.${l}`)
        .map((name) => [name, slot(name)]),
    );
  }

  /** Binds the cache in the worker that holds the decode session for its form. */
  static async open(
    runtime: Runtime,
    cache: KvCache,
    position: number,
    limit?: TailLimit,
  ): Promise<CacheDecoder> {
    if (limit) {
      requireTurnedKeys(
        runtime.config,
        "A limit of entries that an answer keeps",
      );
    }
    const session = decodeName([cache]);
    const worker = await runtime.pool.session(session);
    if (limit) await runtime.pool.session("tail");
    const prefix = crypto.randomUUID();
    const held = isInt8(cache)
      ? undefined
      : await runtime.place?.hold(cache, worker);
    const feeds = {
      ...cacheFeeds(held ?? cache, runtime.config),
      ...emptyTail(runtime),
    };
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, t]) => [`${prefix}.${name}`, t]),
    );
    await worker.send({ kind: "bind", tensors });
    return new CacheDecoder(
      runtime,
      worker,
      session,
      prefix,
      Object.keys(feeds),
      position,
      limit,
      cacheFactors(runtime.config, { cache, position }),
      held,
    );
  }

  get tailEntries(): number {
    return this.#tail;
  }

  /** Runs `ids` at the next positions; resolves to the logits of the last one. */
  async step(ids: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    const rows = rowFeeds(this.runtime, {
      ids,
      positions: [this.position + this.#rows],
      factors: this.#factors,
      before: this.#tail,
      headRows: [ids.length - 1],
      targets: [0],
    });
    const outputs = await this.worker.send(
      {
        kind: "run",
        session: this.session,
        feeds: { ...rows, ...this.#slots },
        fetch: ["logits"],
        copies: [],
        store: { ...this.#store, ...this.#queries },
      },
      movable(rows),
      signal,
    );
    if (this.#rows === 0) this.#firm = ids.length;
    this.#rows += ids.length;
    this.#tail += ids.length;
    const { most } = this.limit ?? { most: Infinity };
    if (this.#tail - this.#firm > most) {
      await this.#keep(this.#firm + most, this.#store, [], signal);
      this.#tail = this.#firm + most;
    }
    return outputs.logits!.data as Float32Array; // [vocab]
  }

  /**
   * Keys and values of the tail, by layer; for a decoder with a limit, whose worker can be asked for them.
   */
  async readTail(): Promise<
    { keys: Float32Array[]; values: Float32Array[] } // layers × [kvHeads, tail, headDim]
  > {
    const names = Object.keys(this.#store);
    const outputs = await this.#keep(this.#tail, {}, names);
    const all = (name: string) =>
      Array.from(
        { length: this.runtime.config.layers },
        (_, l) => outputs[`${name}.${l}`]!.data as Float32Array,
      );
    return { keys: all("next_keys"), values: all("next_values") };
  }

  /** Keeps the best `keep` entries of the tail. */
  async #keep(
    keep: number,
    store: Readonly<Record<string, string>>,
    fetch: readonly string[],
    signal?: AbortSignal,
  ): Promise<Record<string, WireTensor>> {
    const oldest = this.limit?.evict === "oldest";
    const bias = Float32Array.from(
      { length: this.#tail },
      (_, at) =>
        at < this.#firm || at === this.#tail - 1 ? FIRM : oldest ? at : 0,
    ); // [1, tail]
    const tail = Object.entries(this.#slots).filter(([name]) =>
      name.startsWith("tail_")
    );
    const queries = Object.entries(this.#queries).map(([name, slot]) => [
      name,
      { slot },
    ]);
    return await this.worker.send(
      {
        kind: "run",
        session: "tail",
        feeds: {
          bias: { type: "float32", data: bias, dims: [1, bias.length] },
          weight: {
            type: "float32",
            data: Float32Array.of(oldest ? 0 : 1),
            dims: [],
          },
          keep: {
            type: "int64",
            data: BigInt64Array.of(BigInt(keep)),
            dims: [1],
          },
          ...Object.fromEntries([...tail, ...queries]),
        },
        fetch,
        copies: [],
        store,
      },
      [],
      signal,
    );
  }

  /** Frees the cache's copy in the worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    const slots = [
      ...Object.values(this.#own).map((s) => s.slot),
      ...Object.values(this.#queries),
    ];
    await this.worker.send({ kind: "unbind", slots }).catch(() => {});
    this.held?.[Symbol.dispose]();
  }
}
