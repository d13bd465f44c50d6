import type { HubTiming } from "./timing.ts";

/** How requests to a hub are made. */
export interface HubClient {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** Sent to the hub itself only, never to where it redirects. */
  readonly token?: string;
  readonly timing: HubTiming;
  readonly signal?: AbortSignal;
  /** Hears why something is tried again, and after how many milliseconds. */
  onRetry(reason: string, wait: number): void;
}
