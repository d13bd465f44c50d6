import { styleText } from "node:util";
import type { RunEvent } from "../../mod.ts";
import type { Report } from "./report.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between two drawings. */
const calm = 80;

/** One progress bar at the foot of the screen, on standard error; it goes away when the answer begins. */
export class BarReport implements Report {
  #drawn = false;
  #lastDraw = 0;
  #node = "";
  #since = 0;
  /** Entries prefilled since the bar began, for the speed. */
  #entries = 0;

  constructor(readonly terminal: Terminal) {}

  event(event: RunEvent): void {
    switch (event.type) {
      case "warning":
        this.pause();
        this.terminal.err(
          `${styleText("yellow", "warning:")} ${event.message}\n`,
        );
        break;
      case "chunk":
        if (event.action === "prefilled") this.#entries += event.entries ?? 0;
        break;
      case "progress":
        if (event.unit !== "tokens" && event.total) {
          this.#draw(event, event.total);
        }
        break;
      case "token":
      case "failed":
        this.pause();
    }
  }

  pause(): void {
    if (this.#drawn) this.terminal.err("\r\x1b[K");
    this.#drawn = false;
  }

  #draw(
    event: Extract<RunEvent, { type: "progress" }>,
    total: number,
  ): void {
    const { node, done, unit, at } = event;
    if (node !== this.#node) {
      this.#node = node;
      this.#since = at;
      this.#lastDraw = -Infinity;
      this.#entries = 0;
    }
    const ends = done >= total;
    if (!ends && performance.now() - this.#lastDraw < calm) return;
    this.#lastDraw = performance.now();
    const seconds = (at - this.#since) / 1000;
    const speed = this.#entries > 0 && seconds > 0
      ? `  ${Math.round(this.#entries / seconds).toLocaleString("en")} tokens/s`
      : "";
    const left = seconds > 0 && !ends && done > 1
      ? `  ${timeLeft((seconds / (done - 1)) * (total - done))} left`
      : "";
    const words = ` ${done} of ${total} ${unit}${speed}${left}`;
    const room = this.terminal.columns() - node.length - words.length - 3;
    const line = `${node} ${bar(done / total, Math.min(room, 40))}${words}`;
    this.terminal.err(`\r${line.slice(0, this.terminal.columns() - 1)}\x1b[K`);
    this.#drawn = true;
  }
}

/** A bar of `width` characters, filled from the left. */
export function bar(share: number, width: number): string {
  if (width < 5) return "";
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** Seconds as `0:07` or `1:02:03`. */
export function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60)];
  return hours > 0
    ? `${hours}:${two(minutes % 60)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}
