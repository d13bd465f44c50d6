/**
 * A value that counts its owners, because it holds memory that must come back: a chunk's KV cache.
 *
 * Who receives such a value owns one share of it: pass it on, or call `release()`. The runner calls `retain()`
 * once for every further reader of a fan-out, and `release()` for readers that have left.
 */
export interface Owned {
  /** Adds an owner. */
  retain(): void;
  /** Gives up one share; the last one frees the memory. */
  release(): void;
}

/** Whether a value counts its owners. */
export function isOwned(value: unknown): value is Owned {
  const owned = value as Partial<Owned> | null;
  return typeof owned === "object" && owned !== null &&
    typeof owned.retain === "function" && typeof owned.release === "function";
}

/** Adds `times` owners, where the value counts them. */
export function retain(value: unknown, times = 1): void {
  if (isOwned(value)) { for (let i = 0; i < times; i++) value.retain(); }
}

/** Gives up one share, where the value counts them. */
export function release(value: unknown): void {
  if (isOwned(value)) value.release();
}
