import { of } from "rxjs";
import type { KvCache, LanguageModel } from "../../mod.ts";
import { InterruptError } from "../terminal/exit_code.ts";
import { partsOfType } from "../run/plan_parts.ts";
import { addSeconds } from "./add_seconds.ts";
import { watchDecoding } from "./recording_model.ts";
import { scoreList } from "./chunk_scores.ts";
import type { Failure, Ran } from "./row.ts";
import { runBudget, runQuietly } from "./run_quietly.ts";
import { type SharedStart, startAt, type StartWork } from "./shared_start.ts";
import { byNextStop, commonStop, type Startable, type Stop } from "./stops.ts";

/** One case with what all its rows share. */
export interface CaseWork {
  readonly document: { readonly name: string; readonly text: string };
  readonly question: string;
  readonly model: LanguageModel;
  readonly signal: AbortSignal;
  /** Bytes of KV to keep in memory for several variations; nothing: every row computes its own. */
  readonly share: number | undefined;
}

/** What was computed for a group of jobs. */
interface Passed {
  readonly start?: SharedStart;
  /** Keys of the stops that need not be computed again. */
  readonly keys: ReadonlySet<string>;
}

/** Runs one case with several jobs; what several compute alike is computed once. */
export async function* runCase<J extends Startable>(
  jobs: readonly J[],
  work: CaseWork,
  { start, keys }: Passed = { keys: new Set() },
): AsyncGenerator<readonly [J, Ran | Failure]> {
  const [first, ...others] = jobs;
  const share = work.share !== undefined && others.length > 0;
  const stop = share ? commonStop(jobs, keys) : undefined;
  const next = stop
    ? await attempt(
      work,
      () => startAt(first!, stop, startWork(work, start)),
    )
    : undefined;
  if (next && "error" in next) {
    for (const job of jobs) yield [job, next];
    return;
  }
  using from = next;
  const last = from ?? start;
  const passed = new Set([...keys, ...stopsUpTo(first!, stop)]);
  const groups = share ? byNextStop(jobs, passed) : jobs.map((job) => [job]);
  for (const group of groups) {
    if (group.length > 1 && (groups.length > 1 || stop)) {
      yield* runCase(group, work, {
        ...(last && { start: last }),
        keys: passed,
      });
      continue;
    }
    for (const job of group) {
      yield [job, await attempt(work, () => runJob(job, work, last))];
    }
  }
}

/** Keys of a job's stops up to one, which makes those before it needless. */
function stopsUpTo({ stops }: Startable, stop: Stop | undefined): string[] {
  const at = stops.findIndex(({ key }) => key === stop?.key);
  return stops.slice(0, at + 1).map(({ key }) => key);
}

function startWork(work: CaseWork, before?: SharedStart): StartWork {
  const { model, signal, share } = work;
  return {
    model,
    inputs: inputsOf(work),
    signal,
    limit: share!,
    ...(before && { before }),
  };
}

/** What fails is said in the row, so that the others still run; Ctrl-C ends all. */
async function attempt<T>(
  { signal }: CaseWork,
  run: () => Promise<T>,
): Promise<T | Failure> {
  try {
    return await run();
  } catch (error) {
    return failureOf(error, signal);
  }
}

/** A run's error as the outcome of its row; an interrupt is thrown on. */
export function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted || error instanceof InterruptError) throw error;
  const message = error instanceof Error ? error.message : String(error);
  return { error: message, right: false };
}

async function runJob(
  job: Startable,
  work: CaseWork,
  start?: SharedStart,
): Promise<Ran> {
  const { plan } = job;
  let bytes = 0;
  const opened = (cache: KvCache) => bytes ||= cache.bytes;
  const model = watchDecoding(work.model, { opened });
  const budget = runBudget();
  const { answer, seconds, firstTokenSeconds, scores, ...run } =
    await runQuietly(plan, {
      inputs: inputsOf(work),
      replace: {
        ...start?.replace(budget, job),
        [partsOfType(plan, "pc/model")[0]!.name]: of(model),
      },
      signal: work.signal,
      budget,
    });
  const phases = start ? addSeconds(start.seconds, seconds) : seconds;
  const shared = start?.seconds.total ?? 0;
  return {
    answer,
    seconds: phases.total,
    sharedSeconds: shared,
    firstTokenSeconds: firstTokenSeconds === undefined
      ? null
      : Math.round((firstTokenSeconds + shared) * 1e4) / 1e4,
    phases,
    bytes,
    scores: scoreList({ ...start?.scores, ...scores }, answer.chunks),
    ...run,
  };
}

function inputsOf({ document, question }: CaseWork) {
  return {
    document: of(document),
    question: of({ name: "question", text: question }),
  };
}
