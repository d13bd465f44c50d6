/** Sizes are rounded up to this, so that chunks that differ by a token reuse each other's memory. */
const GRAIN = 1 << 20;

/**
 * Shared memory for KV caches, reused by size. Shared buffers cross to workers without a copy, but the garbage
 * collector does not see their size: what is released must be handed back here.
 */
export class Arena {
  readonly #free = new Map<number, SharedArrayBuffer[]>();
  #held = 0;

  /** Bytes that were allocated and never given to the collector. */
  get held(): number {
    return this.#held;
  }

  /** A buffer of at least `bytes`; its contents are arbitrary. */
  allocate(bytes: number): SharedArrayBuffer {
    const size = Math.max(Math.ceil(bytes / GRAIN), 1) * GRAIN;
    const reused = this.#free.get(size)?.pop();
    if (reused) return reused;
    this.#held += size;
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
