import { type Answer, formatBytes } from "../../mod.ts";
import type { Session } from "../run/session.ts";
import type { RunRecorder } from "./run_recorder.ts";
import { writeRecord } from "./write_record.ts";

/** What a record is written for. */
export interface RecordedEnd {
  readonly answer: Answer | undefined;
  readonly session: Session;
}

/** After the run: writes its record and says so. */
export async function finishRecord(
  path: string,
  recorder: RunRecorder,
  { answer, session }: RecordedEnd,
): Promise<void> {
  const { clock, peak, interrupt, terminal, json } = session;
  const record = await recorder.finish({
    answer,
    seconds: clock.seconds(),
    peakBytes: peak.bytes,
    command: ["parallelcomp", ...Deno.args],
  });
  const bytes = await writeRecord(path, record, interrupt.signal);
  if (!json) {
    terminal.err(
      `record: ${path}, ${formatBytes(bytes)}; parallelcomp show ${path}\n`,
    );
  }
}
