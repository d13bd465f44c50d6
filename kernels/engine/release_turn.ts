const WAITING = 0;
const RELEASING = 1;
const DONE = 2;
const LEFT = 3;

/** How long a process that exits waits for a release under way, in milliseconds. */
const PATIENCE = 2000;

/**
 * What a worker that releases its sessions and a process that may exit meanwhile agree on: native code that exits while
 * a session is being released may crash. On shared memory, so that an exit, which waits for no message, can see it.
 */
export class ReleaseTurn {
  readonly #state: Int32Array;

  /** @param memory Of the other side; default: a new one. */
  constructor(
    readonly memory: SharedArrayBuffer = new SharedArrayBuffer(4),
  ) {
    this.#state = new Int32Array(memory);
  }

  /** Releases, unless the process exits already; resolves behind it. */
  async take(release: () => Promise<void>): Promise<void> {
    const before = Atomics.compareExchange(this.#state, 0, WAITING, RELEASING);
    if (before !== WAITING) return;
    try {
      await release();
    } finally {
      Atomics.store(this.#state, 0, DONE);
      Atomics.notify(this.#state, 0);
    }
  }

  /** Before the process exits: what has not begun will not, what has is waited for, but not for long. */
  leave(): void {
    const before = Atomics.compareExchange(this.#state, 0, WAITING, LEFT);
    if (before !== RELEASING) return;
    Atomics.wait(this.#state, 0, RELEASING, PATIENCE);
  }
}
