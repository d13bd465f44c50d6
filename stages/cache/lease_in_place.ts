import { joinLeases, type Lease } from "../../core/lease.ts";
import { type Owned, whileParked } from "../../core/owned.ts";
import type { StageContext } from "../../core/stage.ts";
import { HeldCache } from "./held_cache.ts";

/** With what memory is leased: the budget, whose node it is, and until when. */
export type LeaseContext = Pick<StageContext, "budget" | "node" | "signal">;

/**
 * Bytes for a cache that takes the place of others, whose shares it gives up. The leases of those that have no other
 * reader are handed on without waiting; what is missing is leased first, so that a failure leaves all shares as they
 * were.
 */
export async function leaseInPlaceOf(
  owners: readonly Owned[],
  bytes: number,
  { budget, node, signal }: LeaseContext,
): Promise<Lease> {
  const own = owners.reduce(
    (sum, owner) => sum + (owner instanceof HeldCache ? owner.ownBytes : 0),
    0,
  );
  const missing = bytes > own
    ? [
      await whileParked(
        owners,
        node,
        () => budget.lease(bytes - own, signal),
      ),
    ]
    : [];
  const handed = owners.flatMap((owner) => {
    if (owner instanceof HeldCache) return owner.handOn() ?? [];
    owner.release();
    return [];
  });
  const lease = joinLeases([...handed, ...missing]);
  lease.shrink(bytes);
  return lease;
}
