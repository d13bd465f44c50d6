import type { RecordedQueue } from "../record/run_record.ts";
import { table } from "../terminal/sources.ts";
import type { Ink } from "./ink.ts";
import { plainText } from "./plain_text.ts";
import { queueStates } from "./queue_states.ts";

/** What was in a bounded queue after each chunk. */
export function textQueue(queue: RecordedQueue, ink: Ink): string {
  const rows = queueStates(queue).map(({ at, chunk, score, out, held }) => [
    `${(at / 1000).toFixed(2)} s`,
    chunk === null ? "" : `+${chunk}`,
    score === null ? "" : score.toFixed(3),
    out.length === 0 ? "" : `-${out.join(" -")}`,
    `holds ${held.join(" ")}`,
  ]);
  return `${ink.strong(`queue of ${plainText(queue.node)}`)}\n${table(rows)}`;
}
