import type { Lease } from "../../core/lease.ts";
import type { Owned } from "../../core/owned.ts";
import type { KvCache } from "../../kernels/cache/kv_cache.ts";

/**
 * A cache with its lease, counted by its readers: when the last one releases it, memory and bytes go back.
 * The lease is parked while every reader's share is.
 */
export class HeldCache implements Owned {
  #readers = 1;
  /** Who keeps a share parked. */
  readonly #parkedBy: string[] = [];

  constructor(readonly cache: KvCache, readonly lease?: Lease) {}

  /** How many hold a share. */
  get readers(): number {
    return this.#readers;
  }

  /** Bytes that the only reader may hand on; none where there are several. */
  get ownBytes(): number {
    return this.#readers === 1 ? this.lease?.bytes ?? 0 : 0;
  }

  /** Adds a reader. A cache that was given back is an error. */
  retain(): void {
    if (this.#readers === 0) {
      throw new TypeError("Cannot retain a KV cache that was released");
    }
    this.#readers++;
    this.#tell();
  }

  /** Drops a reader; once none is left, further calls change nothing. */
  release(): void {
    if (this.#readers === 0) return;
    if (--this.#readers > 0) return this.#tell();
    this.cache.dispose?.();
    this.lease?.[Symbol.dispose]();
  }

  /** Parks one reader's share. */
  park(by: string): void {
    this.#parkedBy.push(by);
    this.#tell();
  }

  /** Takes back one {@linkcode park}. */
  unpark(by: string): void {
    const at = this.#parkedBy.indexOf(by);
    if (at >= 0) this.#parkedBy.splice(at, 1);
    this.#tell();
  }

  /** Drops a reader like `release()`; the only one gives the cache's memory back and takes the lease. */
  handOn(): Lease | undefined {
    if (this.#readers !== 1) return void this.release();
    this.#readers = 0;
    this.cache.dispose?.();
    return this.lease;
  }

  #tell(): void {
    if (this.#readers === 0) return;
    if (this.#parkedBy.length < this.#readers) this.lease?.unpark();
    else this.lease?.park([...new Set(this.#parkedBy)].join(" and "));
  }
}
