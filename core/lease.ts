/** Bytes granted by a `Budget`; dispose to give them back, once or more often. */
export interface Lease extends Disposable {
  /** Bytes held now. */
  readonly bytes: number;
  /** Gives back all but `bytes`, at once and without waiting: for a value that became smaller. */
  shrink(bytes: number): void;
  /**
   * Says that nothing happens with what is held before other values come or go.
   *
   * @param by Who keeps it: the names of nodes.
   */
  park(by: string): void;
  /** Says that somebody is at work on it again. */
  unpark(): void;
}

/** Several leases as one. */
export function joinLeases(leases: readonly Lease[]): Lease {
  if (leases.length === 1) return leases[0]!;
  const bytes = () => leases.reduce((sum, lease) => sum + lease.bytes, 0);
  return {
    get bytes() {
      return bytes();
    },
    shrink: (to) => {
      for (const lease of leases) {
        const over = bytes() - to;
        if (over > 0) lease.shrink(Math.max(0, lease.bytes - over));
      }
    },
    park: (by) => leases.forEach((lease) => lease.park(by)),
    unpark: () => leases.forEach((lease) => lease.unpark()),
    [Symbol.dispose]: () => leases.forEach((lease) => lease[Symbol.dispose]()),
  };
}

/** A lease that tells its budget what changes: bytes given back, and whether one more or less is active. */
export class GrantedLease implements Lease {
  parkedBy: string | undefined;
  ended = false;
  #bytes: number;
  readonly #changed: (freed: number, active: -1 | 0 | 1) => void;

  constructor(
    bytes: number,
    changed: (freed: number, active: -1 | 0 | 1) => void,
  ) {
    this.#bytes = bytes;
    this.#changed = changed;
  }

  get bytes(): number {
    return this.#bytes;
  }

  shrink(bytes: number): void {
    if (bytes >= this.#bytes) return;
    const freed = this.#bytes - bytes;
    this.#bytes = bytes;
    this.#changed(freed, 0);
  }

  park(by: string): void {
    const active = this.ended || this.parkedBy !== undefined ? 0 : -1;
    this.parkedBy = by;
    if (active) this.#changed(0, active);
  }

  unpark(): void {
    if (this.ended || this.parkedBy === undefined) return;
    this.parkedBy = undefined;
    this.#changed(0, 1);
  }

  [Symbol.dispose](): void {
    if (this.ended) return;
    this.ended = true;
    const freed = this.#bytes;
    this.#bytes = 0;
    this.#changed(freed, this.parkedBy === undefined ? -1 : 0);
  }
}
