import { Observable } from "rxjs";
import type { Reader } from "./fan_out.ts";
import type { RunState } from "./run_state.ts";

/** Where the outputs of a run leave it: the first subscription begins the run, the last end ends it. */
export class OutputGate {
  readonly #run: RunState;
  #open: number;
  #allCompleted = true;

  constructor(run: RunState, outputs: number) {
    this.#run = run;
    this.#open = outputs;
  }

  /** Makes the observable that the caller gets. */
  open(name: string, reader: Reader): Observable<unknown> {
    const run = this.#run;
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
      let completed = false;
      subscriber.add(() => {
        reader.leave();
        this.#close(completed);
      });
      run.begin();
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

  #close(completed: boolean): void {
    this.#allCompleted &&= completed;
    if (--this.#open === 0) this.#run.end(this.#allCompleted);
  }
}
