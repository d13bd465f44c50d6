import { formatBytes } from "./bytes.ts";
import { BudgetError } from "./errors.ts";

/** Waits a while, then calls; what it returns calls it off. */
export type Quiet = (then: () => void) => () => void;

/** A second. The end of a stream may come a few turns after its last value, with no change in the budget between. */
export const oneSecond: Quiet = (then) => {
  const timer = setTimeout(then, 1000);
  return () => clearTimeout(timer);
};

/** What is held while nothing can move. */
export interface Holding {
  readonly bytes: number;
  /** Who keeps it. */
  readonly parkedBy: string | undefined;
}

/** Says what waits, who holds what, and what would help. */
export function stallError(
  needed: number,
  total: number,
  holdings: Iterable<Holding>,
): BudgetError {
  const held = new Map<string, number>();
  for (const { bytes, parkedBy = "" } of holdings) {
    if (bytes > 0) held.set(parkedBy, (held.get(parkedBy) ?? 0) + bytes);
  }
  const holders = [...held].map(([by, bytes]) =>
    `${formatBytes(bytes)} at ${by}`
  );
  return new BudgetError(
    `Waiting for ${formatBytes(needed)} would never end: of the budget of ${
      formatBytes(total)
    }, ${
      holders.join(", ")
    } are kept until more arrives; keep fewer chunks, make them smaller (a smaller window), or allow more memory`,
  );
}
