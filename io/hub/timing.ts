import { setTimeout } from "node:timers/promises";

/** How patient requests are. */
export interface HubTiming {
  /** Milliseconds without a byte after which a connection counts as stalled. */
  readonly idle: number;
  /** How often something is tried that gets nowhere. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled before each one after it. */
  readonly backoff: number;
  /** Milliseconds that are waited at most, whatever the server asks for. */
  readonly mostWait: number;
  /** Milliseconds between two looks at a lock that another process holds. */
  readonly lockPoll: number;
  /** Waits; ends early with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Patience with a real hub: about half a minute of silence, waits of up to five minutes where the hub asks for them. */
export const hubTiming: HubTiming = {
  idle: 30_000,
  attempts: 6,
  backoff: 1000,
  mostWait: 300_000,
  lockPoll: 300,
  sleep: async (milliseconds, signal) => {
    await setTimeout(milliseconds, undefined, signal && { signal });
  },
};
