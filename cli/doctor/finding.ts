import { ExitCode } from "../terminal/exit_code.ts";

/** What one check of `doctor` found. */
export interface Finding {
  readonly name: string;
  /** `absent` is no fault: the program works without it. */
  readonly state: "ok" | "fails" | "absent";
  readonly says: string;
  /** How a command that needs it would end. */
  readonly code: ExitCode;
}

/** Something that is as it should be. */
export function finding(name: string, says: string): Finding {
  return { name, state: "ok", says, code: ExitCode.ok };
}

/** Something that is not there and need not be. */
export function absent(name: string, says: string): Finding {
  return { name, state: "absent", says, code: ExitCode.ok };
}

/** Something without which nothing runs. */
export function fails(name: string, error: unknown, code: ExitCode): Finding {
  const says = error instanceof Error ? error.message : String(error);
  return { name, state: "fails", says, code };
}
