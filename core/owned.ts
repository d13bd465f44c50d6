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
  /**
   * Says that nothing happens with one share before other values come or go, so that the budget knows.
   *
   * @param by Who keeps it: a node's name.
   */
  park?(by: string): void;
  /** Takes back one `park(by)`: before the share is worked on, passed on or released. */
  unpark?(by: string): void;
}

/** Whether a value counts its owners. */
export function isOwned(value: unknown): value is Owned {
  const owned = value as Partial<Owned> | null;
  return typeof owned === "object" && owned !== null &&
    typeof owned.retain === "function" && typeof owned.release === "function";
}

/** Adds `times` owners, where the value counts them. */
export function retain(value: unknown, times = 1): void {
  for (const owned of ownedIn(value)) {
    for (let i = 0; i < times; i++) owned.retain();
  }
}

/** Gives up one share, where the value counts them. */
export function release(value: unknown): void {
  for (const owned of ownedIn(value)) owned.release();
}

/** Says that a value waits for others, where it counts its owners. */
export function park(value: unknown, by: string): void {
  for (const owned of ownedIn(value)) owned.park?.(by);
}

/** Takes back one {@linkcode park}. */
export function unpark(value: unknown, by: string): void {
  for (const owned of ownedIn(value)) owned.unpark?.(by);
}

/** Waits for something with a value parked. */
export async function whileParked<T>(
  value: unknown,
  by: string,
  wait: () => Promise<T>,
): Promise<T> {
  park(value, by);
  try {
    return await wait();
  } finally {
    unpark(value, by);
  }
}

/** An array owns what is in it. */
function ownedIn(value: unknown): readonly Owned[] {
  if (Array.isArray(value)) return value.flatMap(ownedIn);
  return isOwned(value) ? [value] : [];
}
