import { cacheFeeds } from "./cache_feeds.ts";
import type { KvCache } from "./kv_cache.ts";
import type { DecodeState } from "./language_model.ts";
import type { Runtime } from "./runtime.ts";
import type { Slot } from "./protocol.ts";
import { emptyTail, movable, rowFeeds } from "./row_feeds.ts";
import type { SessionWorker } from "./session_worker.ts";

/** Decoding whose static cache and tail both stay in the worker; only ids go in and logits come out. */
export class CacheDecoder implements DecodeState {
  readonly #slots: Readonly<Record<string, Slot>>;
  readonly #store: Readonly<Record<string, string>>;
  #tail = 0;

  private constructor(
    readonly runtime: Runtime,
    readonly worker: SessionWorker,
    readonly prefix: string,
    inputs: readonly string[],
    readonly position: number,
  ) {
    this.#slots = Object.fromEntries(
      inputs.map((name) => [name, { slot: `${prefix}.${name}` }]),
    );
    this.#store = Object.fromEntries(
      inputs.filter((name) => name.startsWith("tail_")).map((name) => [
        name.replace("tail_", "next_"),
        `${prefix}.${name}`,
      ]),
    );
  }

  /** Binds the cache in the worker that holds the `decode` session. */
  static async open(
    runtime: Runtime,
    cache: KvCache,
    position: number,
  ): Promise<CacheDecoder> {
    const worker = await runtime.pool.session("decode");
    const prefix = crypto.randomUUID();
    const feeds = { ...cacheFeeds(cache), ...emptyTail(runtime) };
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, t]) => [`${prefix}.${name}`, t]),
    );
    await worker.send({ kind: "bind", tensors });
    const inputs = Object.keys(feeds);
    return new CacheDecoder(runtime, worker, prefix, inputs, position);
  }

  /** Runs `ids` at the next positions; resolves to the logits of the last one. */
  async step(ids: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    const rows = rowFeeds(this.runtime, {
      ids,
      positions: [this.position + this.#tail],
      before: this.#tail,
      headRows: [ids.length - 1],
      targets: [0],
    });
    const outputs = await this.worker.send(
      {
        kind: "run",
        session: "decode",
        feeds: { ...rows, ...this.#slots },
        fetch: ["logits"],
        copies: [],
        store: this.#store,
      },
      movable(rows),
      signal,
    );
    this.#tail += ids.length;
    return outputs.logits!.data as Float32Array; // [vocab]
  }

  /** Frees the cache's copy in the worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    const slots = Object.values(this.#slots).map((s) => s.slot);
    await this.worker.send({ kind: "unbind", slots }).catch(() => {});
  }
}
