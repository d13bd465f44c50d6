import type { Terminal } from "../terminal/terminal.ts";
import type { EvalRow } from "./eval_row.ts";
import type { ListedCase } from "./list_cases.ts";

/** Says how far an eval is, and about how long it still takes. */
export class EvalProgress {
  #done: number;
  /** Work of this run, by the cases' weights. */
  #worked = 0;
  #left: number;
  #began: number;

  /**
   * @param done Rows that are there already.
   * @param left Weights of the cases of all others.
   * @param began Milliseconds on the clock of `performance.now()`.
   */
  constructor(
    readonly total: number,
    done: number,
    left: number,
    readonly terminal: Pick<Terminal, "err">,
    began: number = performance.now(),
  ) {
    this.#done = done;
    this.#left = left;
    this.#began = began;
  }

  /** A row that was computed. */
  say(row: EvalRow, { weight }: ListedCase, now = performance.now()): void {
    this.#done++;
    this.#left -= weight;
    this.#worked += weight;
    const each = (now - this.#began) / 1000 / this.#worked;
    const how = "error" in row
      ? `failed: ${row.error}`
      : `${
        row.nll === undefined
          ? `score ${row.score.toFixed(2)}`
          : `perplexity ${Math.exp(row.nll).toFixed(2)}`
      }, ${row.seconds.toFixed(1)} s`;
    const left = this.#done < this.total
      ? `  (${duration(each * this.#left)} left)`
      : "";
    this.terminal.err(
      `${this.#done} of ${this.total}  ${row.method}  ${row.case}  ${how}${left}\n`,
    );
  }
}

/** `about 3 min`: seconds for people. */
export function duration(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}
