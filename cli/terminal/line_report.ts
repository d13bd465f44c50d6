import type { RunEvent } from "../../mod.ts";
import type { Report } from "./report.ts";
import type { Terminal } from "./terminal.ts";

/** Plain lines on standard error, for logs: one at every tenth of a node's work, and every warning. */
export class LineReport implements Report {
  readonly #tenths = new Map<string, number>();

  constructor(readonly terminal: Terminal) {}

  event(event: RunEvent): void {
    if (event.type === "warning") {
      this.terminal.err(`warning: ${event.message}\n`);
    } else if (event.type === "progress" && event.unit !== "tokens") {
      this.#progress(event.node, event.unit, event.done, event.total);
    }
  }

  pause(): void {}

  #progress(node: string, unit: string, done: number, total?: number): void {
    if (total === undefined) return;
    const tenth = Math.floor((10 * done) / Math.max(1, total));
    if (this.#tenths.get(node) === tenth) return;
    this.#tenths.set(node, tenth);
    this.terminal.err(`${node}: ${done} of ${total} ${unit}\n`);
  }
}
