import { firstValueFrom, type Observable } from "rxjs";
import {
  type Allocator,
  type AllocatorInput,
  Budget,
  evictRandom,
} from "../../mod.ts";
import { allocatorCases, limitsOf } from "./allocator_cases.ts";
import { sameNumbers } from "./cache_copy.ts";
import { inspectKept } from "./inspect_kept.ts";
import type { Check } from "./record.ts";
import { runStage } from "./run_stage.ts";
import type { Source } from "./source.ts";
import { describe, type Options, type Subject } from "./subject.ts";

/** A stage that gives evictors a rule which shares out a budget. */
export async function checkAllocator(subject: Subject): Promise<void> {
  const { record, options } = subject;
  record.made("runs");
  for (const [i, own] of options.entries()) {
    try {
      await checkRule(subject, own, i === 0);
    } catch (error) {
      record.fail("runs", describe(undefined, own), (error as Error).message);
    }
  }
  const [own = {}] = options;
  const { base, ragged, shapes, short } = subject.sources;
  for (const source of [base, ragged, ...shapes, ...short]) {
    await checkInside(subject, source, own);
  }
}

/** The rule alone: counts for known scores. */
async function checkRule(
  subject: Subject,
  own: Options,
  budgeted: boolean,
): Promise<void> {
  const { record } = subject;
  const [allocate, other] = [
    await ruleOf(subject, own),
    await ruleOf(subject, own),
  ];
  const cases = allocatorCases();
  for (const { name, input } of cases) {
    const configuration = describe({ name }, own);
    const tell = (check: Check, found: string | undefined) =>
      record.tell(check, configuration, found);
    const given = copy(input);
    const counts = allocate(given);
    const changed = given.scores.findIndex((scores, l) =>
      !sameNumbers(scores, input.scores[l])
    );
    tell(
      "inputs",
      changed < 0 ? undefined : `it wrote to the scores of layer ${changed}`,
    );
    tell(
      "ties",
      sameNumbers(counts, allocate(copy(input)))
        ? undefined
        : "a second call gives other counts",
    );
    checkCounts(counts, input, budgeted, tell);
  }
  const [a, b] = [cases[0]!.input, cases[1]!.input];
  const first = allocate(copy(a));
  other(copy(b));
  const same = sameNumbers(first, other(copy(a)));
  record.tell(
    "state",
    describe(undefined, own),
    same
      ? undefined
      : "the same scores get other counts after others were shared out",
  );
}

function checkCounts(
  counts: Int32Array, // [layers · kvHeads]
  { scores, kvHeads, budget }: AllocatorInput,
  budgeted: boolean,
  tell: (check: Check, found: string | undefined) => void,
): void {
  const heads = scores.length * kvHeads;
  if (counts.length !== heads) {
    return tell("sizes", `it gave ${counts.length} counts for ${heads} heads`);
  }
  const odd = counts.find((count) => !Number.isInteger(count) || count < 0);
  tell(
    "finite",
    odd === undefined ? undefined : `it gave a head ${odd} entries`,
  );
  if (!budgeted) return;
  const { held, least } = limitsOf({ scores, kvHeads });
  const kept = counts.map((count, at) =>
    // what an evictor makes of it
    Math.min(held[at]!, Math.max(count, least[at]!))
  );
  const total = sum(kept);
  const wanted = Math.max(sum(least), Math.min(budget * heads, sum(held)));
  tell(
    "sizes",
    total === wanted
      ? undefined
      : `${heads} heads keep ${total} entries in all, not ${wanted} (${budget} a head)`,
  );
}

/** The rule inside an evictor: what is kept in all, and that heads keep no more than they hold. */
async function checkInside(
  subject: Subject,
  source: Source,
  own: Options,
): Promise<void> {
  const { record, sources: { base, ragged } } = subject;
  const allocator = await ruleOf(subject, own);
  const options = { keep: { entries: 12 } };
  const ran = await runStage({
    stage: evictRandom,
    source,
    options,
    allocator,
    wiring: "all",
  });
  const check = source === base
    ? "sizes"
    : source === ragged
    ? "ragged"
    : source.setting.model === base.setting.model
    ? "short"
    : "shapes";
  const configuration = describe({ name: `${source.name}, evict.random` }, {
    ...own,
    ...options,
  });
  record.tell(
    "leaks",
    configuration,
    ran.leaked > 0 ? `${ran.leaked} bytes are still leased` : undefined,
  );
  if (ran.error !== undefined) {
    const refused = check === "shapes" && /\d+ KV heads/.test(ran.error); // a table of another model
    if (refused) {
      record.note(`refuses ${source.name}, as a table of ${base.name} must`);
    } else record.tell(check, configuration, ran.error);
    return;
  }
  for (const { chunk, cache } of ran.left) {
    const from = source.chunks.find((one) => one.parts.chunk.index === chunk)!;
    const found = inspectKept(cache, from.before, {
      protectedBelow: from.parts.chunk.lead.length,
    });
    record.tell(check, configuration, Object.values(found)[0]);
  }
}

/** The rule that the stage gives. */
function ruleOf({ stage }: Subject, options: Options): Promise<Allocator> {
  const outputs = stage.run({}, stage.options.parse(options), {
    node: "subject",
    signal: new AbortController().signal,
    budget: new Budget(1e9),
    inputs: {},
    emit: () => {},
  });
  const [name] = Object.keys(stage.outputs);
  return firstValueFrom(outputs[name!] as Observable<Allocator>);
}

const sum = (numbers: Iterable<number>) =>
  [...numbers].reduce((a, b) => a + b, 0);

function copy(input: AllocatorInput): AllocatorInput {
  return { ...input, scores: input.scores.map((layer) => layer.slice()) };
}
