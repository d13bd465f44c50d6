import { Interrupt } from "./interrupt.ts";
import { PeakMemory } from "./peak_memory.ts";
import { PhaseClock } from "./phase_clock.ts";
import type { Report } from "../terminal/report.ts";
import { reportFor } from "../terminal/report_for.ts";
import { type Terminal, terminal } from "../terminal/terminal.ts";

/** What a command that computes holds from its start to its end. */
export interface Session extends Disposable {
  readonly terminal: Terminal;
  readonly report: Report;
  readonly interrupt: Interrupt;
  readonly clock: PhaseClock;
  readonly peak: PeakMemory;
  readonly json: boolean;
  readonly checked: boolean;
}

/** Flags that say how a command shows its work. */
export interface SessionFlags {
  readonly json?: true;
  readonly checked?: true;
}

/** Opens a session; from here on Ctrl-C is handled. */
export function openSession(flags: SessionFlags): Session {
  const json = flags.json ?? false;
  const interrupt = new Interrupt();
  return {
    terminal,
    report: reportFor(terminal, json),
    interrupt,
    clock: new PhaseClock(),
    peak: new PeakMemory(),
    json,
    checked: flags.checked ?? false,
    [Symbol.dispose]: () => interrupt[Symbol.dispose](),
  };
}
