import { of } from "rxjs";
import type { KvCache } from "../../mod.ts";
import { InterruptError } from "../exit_code.ts";
import type { HeldModel } from "../held_model.ts";
import type { PhaseSeconds } from "../phase_clock.ts";
import { partsOfType } from "../plan_parts.ts";
import { watchDecoding } from "./recording_model.ts";
import type { Failure, Outcome } from "./row.ts";
import { runBudget, runQuietly } from "./run_quietly.ts";
import { type SharedPrefill, sharePrefill } from "./shared_prefill.ts";
import type { SweepJob } from "./sweep_jobs.ts";

/** One case with what all its rows share. */
export interface CaseWork {
  readonly document: { readonly name: string; readonly text: string };
  readonly question: string;
  readonly expected: readonly string[];
  readonly held: HeldModel;
  readonly signal: AbortSignal;
  /** Bytes of prefilled KV to keep for several variations; nothing: every row computes its own. */
  readonly share: number | undefined;
}

/** Runs one case with several jobs; those that compute the same up to the prefill do it once. */
export async function* runCase(
  jobs: readonly SweepJob[],
  work: CaseWork,
): AsyncGenerator<readonly [SweepJob, Outcome | Failure]> {
  for (const group of groupsOf(jobs, work.share !== undefined)) {
    const [first, ...others] = group;
    const prefix = others.length > 0 ? first!.prefix : undefined;
    if (!prefix) {
      for (const job of group) {
        yield [
          job,
          await attempt(work, () => runJob(job, work)),
        ];
      }
      continue;
    }
    const inputs = inputsOf(work);
    const { held: { model, replace }, signal, share } = work;
    const shared = await attempt(work, () =>
      sharePrefill(first!.plan, prefix, {
        model,
        inputs,
        replace,
        signal,
        limit: share!,
      }));
    if ("error" in shared) {
      for (const job of group) yield [job, shared];
      continue;
    }
    using prefilled = shared;
    for (const job of group) {
      yield [job, await attempt(work, () => runJob(job, work, prefilled))];
    }
  }
}

/** Jobs that start from the same prefill, together; in the order of their first. */
function groupsOf(
  jobs: readonly SweepJob[],
  share: boolean,
): readonly (readonly SweepJob[])[] {
  const groups = new Map<unknown, SweepJob[]>();
  for (const job of jobs) {
    const key = share && job.prefix ? job.prefix.key : job;
    groups.set(key, [...groups.get(key) ?? [], job]);
  }
  return [...groups.values()];
}

/** What fails is said in the row, so that the others still run; Ctrl-C ends all. */
async function attempt<T>(
  { signal }: CaseWork,
  run: () => Promise<T>,
): Promise<T | Failure> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted || error instanceof InterruptError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { error: message, right: false };
  }
}

async function runJob(
  { plan, prefix }: SweepJob,
  work: CaseWork,
  shared?: SharedPrefill,
): Promise<Outcome> {
  let bytes = 0;
  const opened = (cache: KvCache) => bytes ||= cache.bytes;
  const model = watchDecoding(work.held.model, { opened });
  const budget = runBudget();
  const { answer, seconds, peakBytes, warnings } = await runQuietly(plan, {
    inputs: inputsOf(work),
    replace: {
      [partsOfType(plan, "pc/model")[0]!.name]: of(model),
      ...(shared && { [prefix!.part.name]: shared.chunks(budget) }),
    },
    signal: work.signal,
    budget,
  });
  const phases = shared ? sum(seconds, shared.seconds) : seconds;
  return {
    answer: answer.answer,
    right: work.expected.some((text) => answer.answer.includes(text)),
    finish: answer.finish,
    tokens: answer.tokens,
    seconds: phases.total,
    sharedSeconds: shared?.seconds.total ?? 0,
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

function sum(a: PhaseSeconds, b: PhaseSeconds): PhaseSeconds {
  const phases = Object.keys(a) as (keyof PhaseSeconds)[];
  return Object.fromEntries(
    phases.map((
      phase,
    ) => [phase, Math.round((a[phase] + b[phase]) * 1e4) / 1e4]),
  ) as PhaseSeconds;
}
