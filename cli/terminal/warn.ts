import type { Session } from "../run/session.ts";

/** Says something that the user should know, in the form of the run's own warnings. */
export function warn(
  { report }: Pick<Session, "report">,
  message: string,
): void {
  const from = { node: "cli", stage: "cli", at: 0 };
  report.event({ type: "warning", message, ...from });
}
