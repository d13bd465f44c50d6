import type { RunEvent } from "../../mod.ts";

/** Shows a run while it runs. */
export interface Report {
  event(event: RunEvent): void;
  /** Takes away what should not stay on the screen; more events may follow. */
  pause(): void;
}
