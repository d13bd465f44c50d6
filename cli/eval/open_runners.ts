import type { Session } from "../run/session.ts";
import { checkJobsMemory, type JobsMemory } from "./check_jobs_memory.ts";
import { checkJobsProvider } from "./check_jobs_provider.ts";
import type { EvalMethod, MethodFlags } from "./eval_method.ts";
import { JobRunner } from "./job_runner.ts";
import type { MethodChoice } from "./methods.ts";
import type { ModelLender } from "./model_lender.ts";
import { OwnTurnRunner, type TurnRunner } from "./turn_runner.ts";

/** What runners are opened with. */
export interface RunnersWork {
  readonly choices: readonly MethodChoice[];
  readonly methods: readonly EvalMethod[];
  readonly flags: MethodFlags;
  /** Bytes of KV that all runners together keep in memory; nothing: every row computes its own. */
  readonly share: number | undefined;
  /** Lends the model of this thread. */
  readonly models: ModelLender;
  /** Runners that are wanted. */
  readonly jobs: number;
  readonly memory: Pick<JobsMemory, "limit" | "longest">;
}

/** Runners that compute until they are disposed. */
export interface OpenRunners extends Disposable {
  readonly runners: readonly TurnRunner[];
}

/**
 * Opens as many runners as wanted, one in this thread, several in threads of their own among which the cores are
 * divided. What would not fit into memory, or cannot be side by
 * side, is refused before.
 */
export async function openRunners(
  { choices, methods, flags, share, models, jobs, memory }: RunnersWork,
  session: Session,
): Promise<OpenRunners> {
  const each = share === undefined ? undefined : Math.floor(share / jobs);
  const needs = { ...memory, methods, models, jobs, share: each };
  await checkJobsProvider(jobs, methods, models);
  await checkJobsMemory(needs, session);
  if (jobs === 1) {
    const { peak, interrupt: { signal } } = session;
    return {
      runners: [new OwnTurnRunner(models, share, peak, signal)],
      [Symbol.dispose]: () => {},
    };
  }
  models[Symbol.dispose](); // every job has its own
  const threads = Math.max(1, Math.floor(navigator.hardwareConcurrency / jobs));
  using opening = new DisposableStack();
  const runners = Array.from(
    { length: jobs },
    () => opening.use(new JobRunner({ choices, flags, share: each, threads })),
  );
  const opened = opening.move();
  return { runners, [Symbol.dispose]: () => opened.dispose() };
}
