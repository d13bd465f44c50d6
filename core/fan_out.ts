import type { Observable } from "rxjs";

/** One reader's end of an output. */
export interface Reader {
  readonly values: Observable<unknown>;
  /** The reader will take nothing more, whether it ever subscribed or not. */
  leave(): void;
}

/** An output shared among a known number of readers. */
export interface FanOut {
  readonly readers: readonly Reader[];
  /** Whether it may start without a reader losing values. */
  readonly ready: boolean;
  /** Whether a reader has subscribed. */
  readonly wanted: boolean;
  /** Whether every reader has left. */
  readonly abandoned: boolean;
  /** Subscribes to the output itself, until it ends or is abandoned. */
  connect(source: Observable<unknown>): void;
}
