import { Subject } from "rxjs";
import type { NodeEvent, RunEvent, StageEvent } from "./events.ts";
import type { PlanNode } from "./plan.ts";

/** A part of a run that has to end with it. */
export interface RunPart {
  /** Stops what it does and lets go of what it reads; harmless when it has ended. */
  end(): void;
}

/** What the nodes of one run share: its clock, its events, its signal, and its one end. */
export class RunState {
  readonly events: Subject<RunEvent> = new Subject<RunEvent>();
  /** Errors when the run fails or is aborted; also for those who subscribe later. */
  readonly failed: Subject<never> = new Subject<never>();
  /** Nodes in dependency order, then outputs. */
  readonly parts: RunPart[] = [];
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  #began = 0;
  #failure: unknown;
  #over = false;

  /** @param outer The caller's signal. */
  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
  }

  /** Aborts when the run is cancelled or fails. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the run has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Called when the first output is subscribed. */
  begin(): void {
    if (this.#began > 0) return;
    this.#began = performance.now();
    if (this.#outer?.aborted) this.#abort();
    else this.#outer?.addEventListener("abort", this.#abort);
  }

  /** Says what happens at a node. */
  emit({ name, stage }: PlanNode, event: StageEvent | NodeEvent): void {
    const at = performance.now() - this.#began;
    this.events.next({ ...event, node: name, stage: stage.name, at });
  }

  /**
   * Ends the run with an error; the first one counts, what it brings about does not.
   *
   * @returns The error that the run failed with.
   */
  fail(error: unknown): unknown {
    if (!this.#over) {
      this.#over = true;
      this.#failure = error;
      this.failed.error(error); // before stages can mistake the signal for an end
      this.#finish(error);
    }
    return this.#failure;
  }

  /** Ends the run when every output has completed, or was left by the caller. */
  end(completed: boolean): void {
    if (this.#over) return;
    this.#over = true;
    if (completed) return this.#finish();
    this.#failure = new DOMException("The run was left", "AbortError");
    this.#finish(this.#failure);
  }

  readonly #abort = () => {
    this.fail(this.#outer!.reason);
  };

  #finish(reason?: unknown): void {
    this.#outer?.removeEventListener("abort", this.#abort);
    for (const part of this.parts.toReversed()) part.end(); // readers first
    if (reason !== undefined) this.#controller.abort(reason);
    this.events.complete();
  }
}
