import { Observable } from "rxjs";
import type { Reader } from "./fan_out.ts";
import type { PlanNode } from "./plan.ts";
import type { RunState } from "./run_state.ts";

/** Where the outputs of a run leave it: the first subscription begins the run, the last end ends it. */
export class OutputGate {
  readonly #run: RunState;
  /** Outputs that nobody has subscribed to yet, and the nodes that give them. */
  readonly #missing = new Map<string, PlanNode>();
  #open = 0;
  #allCompleted = true;
  #warning: ReturnType<typeof setTimeout> | undefined;

  constructor(run: RunState) {
    this.#run = run;
    run.parts.push({ end: () => clearTimeout(this.#warning) });
  }

  /** Makes the observable that the caller gets for an output of a node. */
  open(name: string, node: PlanNode, reader: Reader): Observable<unknown> {
    const run = this.#run;
    this.#open++;
    this.#missing.set(name, node);
    run.parts.push({ end: () => reader.leave() });
    let taken = false;
    return new Observable((subscriber) => {
      if (taken) {
        const hint = "call runGraph() again for another run, or share() it";
        subscriber.error(
          new TypeError(`Output '${name}' can be subscribed to once; ${hint}`),
        );
        return;
      }
      taken = true;
      this.#missing.delete(name);
      let completed = false;
      subscriber.add(() => {
        reader.leave();
        this.#close(completed);
      });
      run.begin();
      if (!run.over) this.#warnSoon();
      subscriber.add(
        run.failed.subscribe({ error: (error) => subscriber.error(error) }),
      );
      if (subscriber.closed) return;
      const values = reader.values.subscribe({
        next: (value) => subscriber.next(value),
        error: (error) => subscriber.error(error),
        complete: () => {
          completed = true;
          subscriber.complete();
        },
      });
      subscriber.add(values);
    });
  }

  /** After this turn, says which outputs hold the others up: an easy mistake, and a silent one. */
  #warnSoon(): void {
    if (this.#missing.size === 0) return clearTimeout(this.#warning);
    this.#warning ??= setTimeout(() => {
      const [node] = this.#missing.values();
      const names = [...this.#missing.keys()].map((name) => `'${name}'`);
      const message = `Nobody has subscribed to ${names.join(", ")} yet: ` +
        "what a chosen output waits for does not flow, and the run does not end; subscribe to every output, or choose fewer with 'outputs'";
      this.#run.emit(node!, { type: "warning", message });
    });
  }

  #close(completed: boolean): void {
    this.#allCompleted &&= completed;
    if (--this.#open === 0) this.#run.end(this.#allCompleted);
  }
}
