import { Transient } from "./retry.ts";

/** Ends a request when a step of it takes too long; a slow reader does not count. */
export class IdleGuard {
  readonly #controller = new AbortController();
  /** Aborts the request: on silence, or when the caller's signal does. */
  readonly signal: AbortSignal;

  constructor(readonly idle: number, outer: AbortSignal | undefined) {
    this.signal = outer
      ? AbortSignal.any([outer, this.#controller.signal])
      : this.#controller.signal;
  }

  /** Waits for a step of a request that has this guard's signal; on silence it rejects with a `Transient`. */
  async watch<T>(step: Promise<T>): Promise<T> {
    // Under load an abort was seen that never reached what waits for it, so silence ends the waiting by itself, too.
    const silence = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const message = `sent nothing for ${this.idle / 1000} s`;
      const reason = new Transient("stalled", message);
      this.#controller.abort(reason);
      silence.reject(reason);
    }, this.idle);
    try {
      return await Promise.race([step, silence.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
