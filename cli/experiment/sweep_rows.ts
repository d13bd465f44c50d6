import { holdModel } from "../run/held_model.ts";
import { jsonLine } from "../terminal/json_report.ts";
import type { Session } from "../run/session.ts";
import {
  type Case,
  caseDocument,
  type CaseFile,
  caseHash,
} from "./cases_file.ts";
import { versions, vocabularyHash } from "./provenance.ts";
import {
  type Failure,
  keyText,
  type Outcome,
  outcomeOf,
  type Row,
  type RowKey,
} from "./row.ts";
import type { RowsFile } from "./rows_file.ts";
import type { SweepJob } from "./sweep_jobs.ts";
import { failureOf, runCase } from "./sweep_runs.ts";

/** What is to be computed, and where it goes. */
export interface SweepWork {
  readonly jobs: readonly SweepJob[];
  readonly cases: CaseFile;
  readonly file: RowsFile<Row>;
  readonly share: number | undefined;
}

/** A case whose document was read. */
interface ReadCase {
  readonly given: Case;
  readonly document: { readonly name: string; readonly text: string };
  readonly hash: string;
}

/** A job as a case has it. */
interface CaseJob {
  readonly job: SweepJob;
  /** Why it cannot run on the case; the job then is the one for any case. */
  readonly failure?: Failure;
}

/** Computes what the file does not hold; resolves to all rows of the sweep, by case, then variation. */
export async function sweepRows(
  work: SweepWork,
  session: Session,
): Promise<Row[]> {
  const { jobs, cases: { cases }, file } = work;
  const counter = new Counter(jobs.length * cases.length, session);
  const keys = new Map<Case, RowKey[]>();
  for (const models of byModel(jobs)) {
    using lender = new ModelLender(models[0]!, session);
    for (const given of cases) {
      const document = await caseDocument(given, work.cases);
      const read = { given, document, hash: caseHash(given, document.text) };
      const own: CaseJob[] = [];
      for (const job of models) own.push(await caseJob(job, given, session));
      const all = keys.get(given) ?? [];
      all.push(...own.map(({ job }) => keyOf(job, read.hash)));
      keys.set(given, all);
      await caseRows(own, read, lender, work, counter, session);
    }
  }
  const ordered = byModel(jobs).flat();
  return cases.flatMap((given) =>
    ordered.map((job, i): Row => ({
      ...file.get(keyText(keys.get(given)![i]!))!,
      variation: job.variation.label, // another one may have computed the same
      values: job.variation.values,
      case: given.id,
      task: given.task,
    }))
  );
}

/** The job with the case's texts in its options, which may not be valid there. */
async function caseJob(
  job: SweepJob,
  given: Case,
  { interrupt: { signal } }: Session,
): Promise<CaseJob> {
  try {
    return { job: await job.forCase(given) };
  } catch (error) {
    return { job, failure: failureOf(error, signal) };
  }
}

async function caseRows(
  jobs: readonly CaseJob[],
  { given, document, hash }: ReadCase,
  lender: ModelLender,
  { cases, file, share }: SweepWork,
  counter: Counter,
  { interrupt: { signal }, json, terminal }: Session,
): Promise<void> {
  const add = (job: SweepJob, outcome: Outcome | Failure) => {
    const row: Row = {
      case: given.id,
      task: given.task,
      caseSeed: given.seed ?? null,
      variation: job.variation.label,
      values: job.variation.values,
      expected: given.expected,
      ...outcome,
      ...keyOf(job, hash),
      graph: job.graph,
      graphHash: job.fileHash,
      casesHash: cases.hash,
      model: job.model.path,
      vocabularyHash: lender.vocabularyHash,
      versions: versions(),
      at: new Date().toISOString(),
    };
    file.add(row);
    if (json) terminal.out(jsonLine({ type: "row", ...row }));
    counter.say(row);
  };
  const pending = new Map<string, SweepJob>();
  for (const { job, failure } of jobs) {
    const key = keyText(keyOf(job, hash));
    const row = file.get(key);
    if (failure) add(job, failure);
    else if (row && !("error" in row) || pending.has(key)) counter.pass();
    else pending.set(key, job);
  }
  if (pending.size === 0) return;
  const held = await lender.model();
  const { question, expected } = given;
  const work = { document, question, model: held.model, signal, share };
  for await (const [job, ran] of runCase([...pending.values()], work)) {
    add(job, "error" in ran ? ran : outcomeOf(ran, expected));
  }
}

function keyOf({ effectiveHash, model, seed }: SweepJob, hash: string): RowKey {
  return { effectiveHash, caseHash: hash, modelHash: model.hash, seed };
}

function byModel(jobs: readonly SweepJob[]): SweepJob[][] {
  const groups = new Map<string, SweepJob[]>();
  for (const job of jobs) {
    groups.set(job.model.key, [...groups.get(job.model.key) ?? [], job]);
  }
  return [...groups.values()];
}

/** A model that is loaded when the first row needs it, and stays loaded until disposed. */
class ModelLender implements Disposable {
  #held: ReturnType<typeof holdModel> | undefined;
  #dispose = () => {};
  #vocabulary = "";

  constructor(readonly job: SweepJob, readonly session: Session) {}

  async model() {
    this.#held ??= holdModel(this.job.plan, this.session);
    const held = await this.#held;
    this.#dispose = () => held[Symbol.dispose]();
    this.#vocabulary ||= vocabularyHash(held.model);
    return held;
  }

  get vocabularyHash(): string {
    return this.#vocabulary;
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }
}

/** Says how far a sweep is. */
class Counter {
  #done = 0;

  constructor(readonly total: number, readonly session: Session) {}

  pass(): void {
    this.#done++;
  }

  say(row: Row): void {
    this.#done++;
    const how = "error" in row
      ? `failed: ${row.error}`
      : `${row.right ? "right" : "wrong"}, ${row.seconds.toFixed(1)} s`;
    const name = row.case.startsWith(row.task)
      ? row.case
      : `${row.task} ${row.case}`;
    this.session.terminal.err(
      `${this.#done} of ${this.total}  ${row.variation}  ${name}  ${how}\n`,
    );
  }
}
