import { cacheDifference } from "./cache_copy.ts";
import type { Check } from "./record.ts";
import type { Ran } from "./run_stage.ts";
import type { Source } from "./source.ts";
import {
  describe,
  type Options,
  recordError,
  recordManners,
  runSubject,
  type Subject,
} from "./subject.ts";

/** A run to be examined; with `into` it speaks for that check alone. */
export interface Examined {
  readonly source: Source;
  readonly options: Options;
  readonly ran: Ran;
  readonly into?: Check | undefined;
}

/** Says what a check found wrong; `undefined` is nothing. */
export type Tell = (check: Check, found: string | undefined) => void;

/** Records a run's manners and its error; gives how to tell what is found in it, where it did not fail. */
export function openExamination(
  subject: Subject,
  { source, options, ran, into }: Examined,
): Tell | undefined {
  const { record } = subject;
  const configuration = describe(source, options);
  recordManners(subject, configuration, ran);
  if (into) record.made(into);
  if (ran.error !== undefined) {
    if (into) record.fail(into, configuration, ran.error);
    else recordError(subject, configuration, ran.error);
    return undefined;
  }
  return (check, found) => {
    if (!into) record.tell(check, configuration, found);
    else if (found !== undefined && !record.failed(check)) {
      record.fail(into, configuration, found);
    }
  };
}

/** Runs a stage with all that there is to connect, and with what it declares alone; the first, where neither failed. */
export async function openingRun(
  subject: Subject,
  source: Source,
  options: Options,
): Promise<Ran | undefined> {
  const { record } = subject;
  const configuration = describe(source, options);
  const ran = await runSubject(subject, source, options);
  const declared = await runSubject(subject, source, options, {
    wiring: "declared",
  });
  record.made("runs");
  if (ran.error !== undefined && declared.error !== undefined) {
    recordError(subject, configuration, ran.error);
    recordManners(subject, configuration, ran);
    return undefined;
  }
  const error = declared.error ?? ran.error;
  record.tell("needs", `${configuration}, only what it declares`, error);
  return error === undefined ? ran : undefined;
}

/** The first chunk that left with another cache than it came with. */
export function changedChunk(source: Source, ran: Ran): string | undefined {
  for (const { chunk, cache } of ran.left) {
    const came = source.chunks.find((one) => one.parts.chunk.index === chunk);
    if (!came) return `chunk ${chunk} left it, which never came`;
    const difference = cacheDifference(came.before, cache);
    if (difference) return `chunk ${chunk} left with other ${difference}`;
  }
  return undefined;
}
