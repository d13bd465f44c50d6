import { of } from "rxjs";
import type { KvCache } from "../../mod.ts";
import { InterruptError } from "../exit_code.ts";
import type { HeldModel } from "../held_model.ts";
import { partsOfType } from "../plan_parts.ts";
import { addSeconds } from "./add_seconds.ts";
import { watchDecoding } from "./recording_model.ts";
import type { Failure, Outcome } from "./row.ts";
import { runBudget, runQuietly } from "./run_quietly.ts";
import { type SharedStart, startAt, type StartWork } from "./shared_start.ts";
import { byNextStop, commonStop, type Stop } from "./stops.ts";
import type { SweepJob } from "./sweep_jobs.ts";

/** One case with what all its rows share. */
export interface CaseWork {
  readonly document: { readonly name: string; readonly text: string };
  readonly question: string;
  readonly expected: readonly string[];
  readonly held: HeldModel;
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
export async function* runCase(
  jobs: readonly SweepJob[],
  work: CaseWork,
  { start, keys }: Passed = { keys: new Set() },
): AsyncGenerator<readonly [SweepJob, Outcome | Failure]> {
  const [first, ...others] = jobs;
  const share = work.share !== undefined && others.length > 0;
  const stop = share ? commonStop(jobs, keys) : undefined;
  const next = stop
    ? await attempt(
      work,
      () => startAt(first!.plan, stop, startWork(work, start)),
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
function stopsUpTo({ stops }: SweepJob, stop: Stop | undefined): string[] {
  const at = stops.findIndex(({ key }) => key === stop?.key);
  return stops.slice(0, at + 1).map(({ key }) => key);
}

function startWork(work: CaseWork, before?: SharedStart): StartWork {
  const { held: { model, replace }, signal, share } = work;
  return {
    model,
    inputs: inputsOf(work),
    signal,
    limit: share!,
    replace: (budget) => ({ ...replace, ...before?.replace(budget) }),
    ...(before && { seconds: before.seconds }),
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
  { plan }: SweepJob,
  work: CaseWork,
  start?: SharedStart,
): Promise<Outcome> {
  let bytes = 0;
  const opened = (cache: KvCache) => bytes ||= cache.bytes;
  const model = watchDecoding(work.held.model, { opened });
  const budget = runBudget();
  const { answer, seconds, peakBytes, warnings } = await runQuietly(plan, {
    inputs: inputsOf(work),
    replace: {
      ...start?.replace(budget),
      [partsOfType(plan, "pc/model")[0]!.name]: of(model),
    },
    signal: work.signal,
    budget,
  });
  const phases = start ? addSeconds(start.seconds, seconds) : seconds;
  return {
    answer: answer.answer,
    right: work.expected.some((text) => answer.answer.includes(text)),
    finish: answer.finish,
    tokens: answer.tokens,
    seconds: phases.total,
    sharedSeconds: start?.seconds.total ?? 0,
    phases,
    kept: {
      chunks: answer.kept.length,
      entries: answer.contextTokens,
      bytes,
      indices: answer.kept.map(({ chunk }) => chunk),
    },
    chunks: answer.chunks,
    peakBytes,
    provider: answer.provider,
    warnings,
  };
}

function inputsOf({ document, question }: CaseWork) {
  return {
    document: of(document),
    question: of({ name: "question", text: question }),
  };
}
