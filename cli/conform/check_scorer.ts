import {
  checkAbort,
  checkBatch,
  checkState,
  checkTies,
} from "./check_repeats.ts";
import type { Check } from "./record.ts";
import type { Ran } from "./run_stage.ts";
import { kindsOf, type Source } from "./source.ts";
import { cacheDifference } from "./cache_copy.ts";
import {
  describe,
  type Options,
  recordError,
  recordManners,
  runSubject,
  type Subject,
} from "./subject.ts";

/** A stage that gives every chunk a score and changes nothing else. */
export async function checkScorer(subject: Subject): Promise<void> {
  const { record, sources, options: [first = {}, ...others] } = subject;
  const { base } = sources;
  const configuration = describe(base, first);
  const ran = await runSubject(subject, base, first);
  const declared = await runSubject(subject, base, first, {
    wiring: "declared",
  });
  record.made("runs");
  if (ran.error !== undefined && declared.error !== undefined) {
    recordError(subject, configuration, ran.error);
    recordManners(subject, configuration, ran);
    return;
  }
  record.tell(
    "needs",
    `${configuration}, only what it declares`,
    declared.error ?? ran.error,
  );
  if (declared.error !== undefined || ran.error !== undefined) return;
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
  const { record } = subject;
  const configuration = describe(source, options);
  recordManners(subject, configuration, ran);
  if (into) record.made(into);
  if (ran.error !== undefined) {
    if (into) record.fail(into, configuration, ran.error);
    else recordError(subject, configuration, ran.error);
    return;
  }
  const came = source.chunks.map(({ parts }) => parts.chunk.index).join(", ");
  const left = ran.left.map(({ chunk }) => chunk).sort((a, b) => a - b).join(
    ", ",
  );
  const fail = (check: Check, found: string | undefined) => {
    if (into && found !== undefined && !record.failed(check)) {
      record.fail(into, configuration, found);
    } else if (!into) record.tell(check, configuration, found);
  };
  fail(
    "sizes",
    came === left ? undefined : `chunks ${came} came, ${left} left`,
  );
  const odd = ran.left.find(({ score }) => !Number.isFinite(score));
  fail("finite", odd && `chunk ${odd.chunk} has score '${odd.score}'`);
  const changed = ran.left.flatMap(({ chunk, cache }) => {
    const kept = source.chunks.find(({ parts }) => parts.chunk.index === chunk);
    const difference = kept && cacheDifference(kept.before, cache);
    return difference ? [`chunk ${chunk} left with other ${difference}`] : [];
  })[0];
  fail("values", changed);
}
