import { formatBytes, type PullEvent } from "../../mod.ts";
import { bar, timeLeft } from "./bar_report.ts";
import { table } from "./sources.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between two drawings. */
const calm = 100;

/** Progress of a pull on standard error: a bar on a terminal, else a line at every tenth of a file. */
export class PullReport {
  /** Bytes of the plan that are here, and how many there will be. */
  #done = 0;
  #total = 0;
  readonly #inFile = new Map<string, number>();
  #began: { readonly at: number; readonly done: number } | undefined;
  #drawn = false;
  #lastDraw = -Infinity;

  constructor(readonly terminal: Terminal) {}

  event(event: PullEvent): void {
    switch (event.type) {
      case "plan":
        return this.#plan(event);
      case "progress":
        return this.#progress(event.file, event.done, event.total);
      case "retry": {
        const seconds = Math.ceil(event.wait / 1000);
        const when = seconds > 0 ? `in ${seconds} s` : "now";
        return this.#line(`${event.reason}; trying again ${when}`);
      }
      case "waiting": {
        const who = event.holder && ` (process ${event.holder})`;
        return this.#line(`waiting for another pull of this model${who}`);
      }
    }
  }

  /** Takes the bar away. */
  pause(): void {
    if (this.#drawn) this.terminal.err("\r\x1b[K");
    this.#drawn = false;
  }

  #plan(
    { repository, commit, files, bytes }: Extract<PullEvent, { type: "plan" }>,
  ): void {
    this.#done = 0;
    this.#total = 0;
    for (const file of files) {
      this.#inFile.set(file.path, file.here);
      this.#done += file.here;
      this.#total += file.bytes;
    }
    this.#began = { at: performance.now(), done: this.#done };
    const rows = files.map((file) => [
      file.path,
      formatBytes(file.bytes),
      file.here === 0
        ? ""
        : file.here === file.bytes
        ? "in the cache"
        : `${formatBytes(file.here)} in the cache`,
    ]);
    this.#line(`${repository} at ${commit.slice(0, 12)}:`);
    this.terminal.err(table(rows));
    this.#line(
      bytes === 0
        ? "nothing to fetch"
        : `${formatBytes(bytes)} to fetch of ${formatBytes(this.#total)}`,
    );
  }

  #progress(file: string, done: number, total: number): void {
    const before = this.#inFile.get(file) ?? 0;
    this.#inFile.set(file, done);
    this.#done += done - before;
    if (this.terminal.errIsTerminal) return this.#draw(file);
    const tenth = (bytes: number) => Math.floor((10 * bytes) / total);
    if (tenth(done) === tenth(before) && done > before) return;
    this.#line(`${file}: ${formatBytes(done)} of ${formatBytes(total)}`);
  }

  #draw(file: string): void {
    if (!this.#began || performance.now() - this.#lastDraw < calm) return;
    this.#lastDraw = performance.now();
    const { at, done } = this.#began;
    const speed = (this.#done - done) / ((performance.now() - at) / 1000);
    const left = speed > 0 ? timeLeft((this.#total - this.#done) / speed) : "";
    const words = ` ${formatBytes(this.#done)} of ${formatBytes(this.#total)}${
      speed > 0 ? `  ${formatBytes(Math.round(speed))}/s  ${left} left` : ""
    }`;
    const columns = this.terminal.columns();
    const room = Math.min(columns - file.length - words.length - 3, 40);
    const line = `${file} ${bar(this.#done / this.#total, room)}${words}`;
    this.terminal.err(`\r${line.slice(0, columns - 1)}\x1b[K`);
    this.#drawn = true;
  }

  #line(text: string): void {
    this.pause();
    this.terminal.err(`${text}\n`);
  }
}
