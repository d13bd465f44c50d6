import { ExitCode, InterruptError } from "../terminal/exit_code.ts";

/**
 * Ctrl-C and SIGTERM: aborts what runs, tidies up and ends the process with code 130, within a second and
 * without waiting for kernels.
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #tidy = new Set<() => void>();
  readonly #guard: Worker;

  constructor() {
    const url = import.meta.resolve("./_interrupt_guard.ts");
    this.#guard = new Worker(url, { type: "module" });
    this.#guard.onmessage = ({ data }) => {
      if (data === "interrupted") this.#end();
      if (data === "exit") Deno.exit(ExitCode.interrupted);
    };
  }

  /** Aborts at Ctrl-C. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Registers work for the last moment; dispose to take it back. */
  onEnd(tidy: () => void): Disposable {
    this.#tidy.add(tidy);
    return { [Symbol.dispose]: () => this.#tidy.delete(tidy) };
  }

  /** Stops listening; after Ctrl-C the guard stays, because it ends the process. */
  [Symbol.dispose](): void {
    if (!this.signal.aborted) this.#guard.terminate();
  }

  #end(): void {
    for (const tidy of this.#tidy) tidy();
    this.#controller.abort(new InterruptError());
    // One turn for teardown; then the guard ends the process, which does not wait for kernels.
    setTimeout(() => this.#guard.postMessage("exit"), 0);
  }
}
