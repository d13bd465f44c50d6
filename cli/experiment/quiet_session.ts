import { PhaseClock } from "../run/phase_clock.ts";
import type { Session } from "../run/session.ts";

/** The same session with a clock of its own that shows no events: many runs would only flicker. */
export function quiet(session: Session): Session {
  return {
    ...session,
    report: { event: () => {}, pause: () => {} },
    clock: new PhaseClock(),
  };
}
