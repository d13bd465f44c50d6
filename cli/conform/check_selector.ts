import { changedChunk, openExamination, openingRun } from "./examination.ts";
import { checkAbort, checkState } from "./check_repeats.ts";
import type { Check } from "./record.ts";
import type { Ran } from "./run_stage.ts";
import { kindsOf, type Source } from "./source.ts";
import {
  accepts,
  describe,
  type Options,
  resultDifference,
  runSubject,
  type Subject,
} from "./subject.ts";

/** A stage that keeps some chunks whole and releases the others. */
export async function checkSelector(subject: Subject): Promise<void> {
  const { sources, options: [own = {}, ...others] } = subject;
  const { base } = sources;
  const counted = accepts(subject, { ...own, n: 2 });
  const first = counted ? { ...own, n: 2 } : own;
  const ran = await openingRun(subject, base, first);
  if (!ran) return;
  examine(subject, base, first, ran);
  for (const options of others) {
    examine(subject, base, options, await runSubject(subject, base, options));
  }
  if (counted) await checkCounts(subject, own);
  const known = { source: base, options: first, ran };
  await checkState(subject, known);
  await checkArrival(subject, base, first, ran);
  for (const [check, sources] of kindsOf(subject.sources)) {
    for (const source of sources) {
      const ran = await runSubject(subject, source, first);
      examine(subject, source, first, ran, check);
    }
  }
  await checkAbort(subject, base, first);
}

/** `n` chunks stay, and all of them where there are no more. */
async function checkCounts(subject: Subject, own: Options): Promise<void> {
  const { record, sources: { base } } = subject;
  const all = base.chunks.length;
  const sizes = new Set<number>();
  let wrong: { configuration: string; found: string } | undefined;
  for (const n of [1, 2]) {
    const options = { ...own, n };
    const ran = await runSubject(subject, base, options);
    examine(subject, base, options, ran);
    sizes.add(ran.left.length);
    if (ran.left.length === n || ran.error !== undefined) continue;
    wrong ??= {
      configuration: describe(base, options),
      found: `${ran.left.length} chunks left it, not ${n}`,
    };
  }
  const ignored = wrong && sizes.size === 1;
  const { configuration = "", found } = wrong ?? {};
  record.tell(
    ignored ? "keep" : "sizes",
    configuration,
    ignored ? `${[...sizes]} chunks leave it, whatever 'n' says` : found,
  );
  if (!ignored) record.made("keep");
  for (const n of [all, all + 5]) {
    const options = { ...own, n };
    const ran = await runSubject(subject, base, options);
    examine(subject, base, options, ran, "identity");
    record.tell(
      "identity",
      describe(base, options),
      ran.left.length === all || ran.error !== undefined
        ? undefined
        : `${ran.left.length} of ${all} chunks left it`,
    );
  }
}

/** The same chunks stay in whatever order they come; also where their scores are equal. */
async function checkArrival(
  subject: Subject,
  source: Source,
  options: Options,
  ran: Ran,
): Promise<void> {
  const { record } = subject;
  const arrival = source.chunks.map((_, i) => i).toReversed();
  const turned = await runSubject(subject, source, options, { arrival });
  let found = resultDifference(ran, turned);
  const configuration = `${
    describe(source, options)
  }, chunks in reversed order`;
  record.tell(
    "batch",
    configuration,
    found && `it depends on the order of arrival: ${found}`,
  );
  const scores = source.chunks.map(() => 1);
  const [once, again, other] = [
    await runSubject(subject, source, options, { scores }),
    await runSubject(subject, source, options, { scores }),
    await runSubject(subject, source, options, { scores, arrival }),
  ];
  found = resultDifference(once, again) ?? resultDifference(once, other);
  record.tell(
    "ties",
    `${describe(source, options)}, all scores equal`,
    found && `another run, or another order of arrival, keeps others: ${found}`,
  );
}

/** Records what is wrong with the chunks that stayed. */
function examine(
  subject: Subject,
  source: Source,
  options: Options,
  ran: Ran,
  into?: Check,
): void {
  const tell = openExamination(subject, { source, options, ran, into });
  if (!tell) return;
  const order = ran.left.map(({ chunk }) => chunk);
  const late = order.find((chunk, i) => i > 0 && chunk <= order[i - 1]!);
  tell(
    "order",
    late === undefined
      ? undefined
      : `chunks left in the order ${order.join(", ")}`,
  );
  tell("values", changedChunk(source, ran));
}
