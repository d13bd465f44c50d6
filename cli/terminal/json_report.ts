import type { RunEvent } from "../../mod.ts";
import type { Report } from "./report.ts";
import type { Terminal } from "./terminal.ts";

/** Every event as one JSON object a line, on standard output. */
export class JsonReport implements Report {
  constructor(readonly terminal: Terminal) {}

  event(event: RunEvent): void {
    this.terminal.out(jsonLine(event));
  }

  pause(): void {}
}

/** One line of JSON; typed arrays become lists, what JSON cannot say becomes null. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_key, inner) =>
      ArrayBuffer.isView(inner) ? Array.from(inner as Uint8Array) : inner,
  );
  return `${text ?? "null"}\n`;
}
