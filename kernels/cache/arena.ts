/** Sizes are rounded up to this, so that chunks that differ by a token reuse each other's memory. */
const GRAIN = 1 << 20;

/**
 * Shared memory for KV caches, reused by size. Shared buffers cross to workers without a copy, but the garbage
 * collector does not see their size: what is released must be handed back here. One arena a run of a stage is
 * enough; see `newCache` and `keepEntries`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Arena } from "parallelcomp";
 *
 * const arena = new Arena();
 * const buffer = arena.allocate(1000);
 * assert(buffer.byteLength >= 1000);
 * arena.release(buffer);
 * assert.equal(arena.allocate(900), buffer);
 * ```
 */
export class Arena {
  readonly #free = new Map<number, SharedArrayBuffer[]>();

  /** A buffer of at least `bytes`; its contents are arbitrary. */
  allocate(bytes: number): SharedArrayBuffer {
    const size = Math.max(Math.ceil(bytes / GRAIN), 1) * GRAIN;
    const reused = this.#free.get(size)?.pop();
    if (reused) return reused;
    return new SharedArrayBuffer(size);
  }

  /** Takes a buffer back for reuse. */
  release(buffer: SharedArrayBuffer): void {
    const size = buffer.byteLength;
    const list = this.#free.get(size);
    if (list) list.push(buffer);
    else this.#free.set(size, [buffer]);
  }
}
