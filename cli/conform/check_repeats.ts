import type { Ran } from "./run_stage.ts";
import type { Source } from "./source.ts";
import {
  describe,
  type Options,
  recordManners,
  resultDifference,
  runSubject,
  type Subject,
} from "./subject.ts";

/** A run whose result is known. */
interface Known {
  readonly source: Source;
  readonly options: Options;
  readonly ran: Ran;
}

/** No state between runs: after others, and beside another, a run gives what it gave. */
export async function checkState(
  subject: Subject,
  { source, options, ran }: Known,
): Promise<void> {
  const { record, sources } = subject;
  const other = sources.shapes[0]!;
  const configuration = describe(source, options);
  const between = await runSubject(subject, other, options);
  const again = await runSubject(subject, source, options);
  let found = resultDifference(ran, again);
  record.tell(
    "state",
    `${configuration}, run again`,
    found && `the second run differs: ${found}`,
  );
  const [beside, parallel] = await Promise.all([
    runSubject(subject, source, options),
    runSubject(subject, other, options),
  ]);
  found = resultDifference(ran, beside) ?? resultDifference(between, parallel);
  record.tell(
    "state",
    `${configuration}, two runs at once`,
    found && `a run beside another differs: ${found}`,
  );
}

/** Equal scores are decided the same way twice. */
export async function checkTies(
  subject: Subject,
  options: Options,
  ran: Ran,
): Promise<void> {
  const { ties } = subject.sources;
  if (subject.record.failed("state")) return; // no two runs are alike
  const again = await runSubject(subject, ties, options);
  const found = resultDifference(ran, again);
  subject.record.tell(
    "ties",
    describe(ties, options),
    found && `the second run differs: ${found}`,
  );
}

/** A chunk by itself, and chunks that arrive in another order, come out as they did together. */
export async function checkBatch(
  subject: Subject,
  { source, options, ran }: Known,
): Promise<void> {
  const { record, quick } = subject;
  if (record.failed("state")) return; // no two runs are alike
  const configuration = describe(source, options);
  const all = source.chunks.map((_, i) => i);
  const turned = await runSubject(subject, source, options, {
    arrival: all.toReversed(),
  });
  let found = resultDifference(ran, turned);
  record.tell(
    "batch",
    `${configuration}, chunks in reversed order`,
    found && `it depends on the order of arrival: ${found}`,
  );
  for (const i of quick ? all.slice(1, 2) : all) {
    const alone = await runSubject(subject, source, options, { arrival: [i] });
    const { chunk } = source.chunks[i]!.parts;
    const same = {
      ...ran,
      left: ran.left.filter((l) => l.chunk === chunk.index),
    };
    found = resultDifference(same, alone);
    record.tell(
      "batch",
      `${configuration}, chunk ${chunk.index} alone`,
      found && `it depends on other chunks: ${found}`,
    );
  }
}

/** Aborts a run after some turns; whatever it held must come back. */
export async function checkAbort(
  subject: Subject,
  source: Source,
  options: Options,
): Promise<void> {
  for (const turns of subject.quick ? [1] : [0, 1, 2, 4]) {
    if (subject.record.failed("leaks")) return;
    const ran = await runSubject(subject, source, options, {
      abortAfter: turns,
    });
    recordManners(
      subject,
      `${describe(source, options)}, aborted after ${turns} turns`,
      ran,
    );
  }
}
