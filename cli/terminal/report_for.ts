import { BarReport } from "./bar_report.ts";
import { JsonReport } from "./json_report.ts";
import { LineReport } from "./line_report.ts";
import type { Report } from "./report.ts";
import type { Terminal } from "./terminal.ts";

/** The report that fits: JSON lines where asked for, bars on a terminal, else plain lines. */
export function reportFor(terminal: Terminal, json: boolean): Report {
  if (json) return new JsonReport(terminal);
  return terminal.errIsTerminal
    ? new BarReport(terminal)
    : new LineReport(terminal);
}
