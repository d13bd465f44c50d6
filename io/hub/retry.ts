import type { HubClient } from "./hub_client.ts";
import { HubError, type HubErrorKind } from "./hub_error.ts";

/** A failure that another attempt may mend. */
export class Transient extends Error {
  /** Milliseconds to wait, where it is known. */
  readonly wait?: number;
  /** Whether the attempt got further than all before it. */
  readonly gained: boolean;
  /** What a person can do when it never mends. */
  readonly advice: string;

  constructor(
    readonly kind: HubErrorKind,
    message: string,
    { wait, gained = false, advice = "try again later", ...options }:
      & ErrorOptions
      & {
        readonly wait?: number | undefined;
        readonly gained?: boolean;
        readonly advice?: string;
      } = {},
  ) {
    super(message, options);
    if (wait !== undefined) this.wait = wait;
    this.gained = gained;
    this.advice = advice;
  }
}

/**
 * Does work until it succeeds, fails for good, or got nowhere several times in a row; waits longer from one failure
 * to the next, or as long as the server asks for.
 *
 * @throws {HubError} If it got nowhere, or the server asks for a longer wait than `timing.mostWait`.
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  { timing, signal, onRetry }: HubClient,
): Promise<T> {
  for (let failed = 0;;) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      failed = error.gained ? 1 : failed + 1;
      const { kind, message, advice } = error;
      if ((error.wait ?? 0) > timing.mostWait) {
        const asked = `it asks to wait ${Math.ceil(error.wait! / 1000)} s`;
        throw new HubError(kind, `${message}; ${asked}; ${advice}`, {
          cause: error,
        });
      }
      if (failed >= timing.attempts) {
        const tried = `${failed} attempt${failed === 1 ? "" : "s"}`;
        throw new HubError(kind, `${message} (${tried}); ${advice}`, {
          cause: error,
        });
      }
      const backoff = timing.backoff * 2 ** (failed - 1);
      const wait = error.wait ?? Math.min(backoff, timing.mostWait);
      onRetry(message, wait);
      await timing.sleep(wait, signal);
    }
  }
}
