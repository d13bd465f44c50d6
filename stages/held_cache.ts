import type { Lease } from "../core/budget.ts";
import type { KvCache } from "../kernels/kv_cache.ts";

/** A cache with its lease, counted by its readers: when the last one releases it, memory and bytes go back. */
export class HeldCache {
  #readers = 1;

  constructor(readonly cache: KvCache, readonly lease?: Lease) {}

  /** Whether exactly one reader is left. */
  get sole(): boolean {
    return this.#readers === 1;
  }

  /** Adds a reader. A cache that was given back is an error. */
  retain(): void {
    if (this.#readers === 0) {
      throw new TypeError("Cannot retain a KV cache that was released");
    }
    this.#readers++;
  }

  /** Drops a reader; once none is left, further calls change nothing. */
  release(): void {
    if (this.#readers === 0) return;
    if (--this.#readers === 0) {
      this.cache.dispose?.();
      this.lease?.[Symbol.dispose]();
    }
  }

  /**
   * Gives the cache's memory back but hands the lease on, shrunk to `bytes`, where this reader is the only one;
   * otherwise drops the reader and gives nothing.
   */
  handOn(bytes: number): Lease | undefined {
    if (!this.sole || !this.lease || this.lease.bytes < bytes) {
      this.release();
      return undefined;
    }
    this.#readers = 0;
    this.cache.dispose?.();
    this.lease.shrink(bytes);
    return this.lease;
  }
}
