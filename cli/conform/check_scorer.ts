import {
  checkAbort,
  checkBatch,
  checkState,
  checkTies,
} from "./check_repeats.ts";
import type { Check } from "./record.ts";
import type { Ran } from "./run_stage.ts";
import { kindsOf, type Source } from "./source.ts";
import { changedChunk, openExamination, openingRun } from "./examination.ts";
import { type Options, runSubject, type Subject } from "./subject.ts";

/** A stage that gives every chunk a score and changes nothing else. */
export async function checkScorer(subject: Subject): Promise<void> {
  const { sources: { base }, options: [first = {}, ...others] } = subject;
  const ran = await openingRun(subject, base, first);
  if (!ran) return;
  examine(subject, base, first, ran);
  for (const options of others) {
    examine(subject, base, options, await runSubject(subject, base, options));
  }
  const known = { source: base, options: first, ran };
  await checkState(subject, known);
  await checkBatch(subject, known);
  for (const [check, sources] of kindsOf(subject.sources)) {
    for (const source of sources) {
      const ran = await runSubject(subject, source, first);
      examine(subject, source, first, ran, check);
      if (check === "ties") await checkTies(subject, first, ran);
    }
  }
  await checkAbort(subject, base, first);
}

/** Records what is wrong with scores, or with what they were given to. */
function examine(
  subject: Subject,
  source: Source,
  options: Options,
  ran: Ran,
  into?: Check,
): void {
  const tell = openExamination(subject, { source, options, ran, into });
  if (!tell) return;
  const came = source.chunks.map(({ parts }) => parts.chunk.index).join(", ");
  const left = ran.left.map(({ chunk }) => chunk).sort((a, b) => a - b).join(
    ", ",
  );
  tell(
    "sizes",
    came === left ? undefined : `chunks ${came} came, ${left} left`,
  );
  const odd = ran.left.find(({ score }) => !Number.isFinite(score));
  tell("finite", odd && `chunk ${odd.chunk} has score '${odd.score}'`);
  tell("values", changedChunk(source, ran));
}
