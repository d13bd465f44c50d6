import type { RecordedQueue } from "../record/run_record.ts";

/** A queue after a step. */
export interface QueueState {
  readonly at: number;
  /** Who came; null for a step in which chunks only went. */
  readonly chunk: number | null;
  readonly score: number | null;
  readonly out: readonly number[];
  /** Who is held, in the order of arrival. */
  readonly held: readonly number[];
}

/** What was in a queue after each step. */
export function queueStates({ steps }: RecordedQueue): QueueState[] {
  let held: number[] = [];
  return steps.map((step) => {
    const came = step.chunk === null ? held : [...held, step.chunk];
    held = came.filter((chunk) => !step.out.includes(chunk));
    return { ...step, held };
  });
}
