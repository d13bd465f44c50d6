import { of } from "rxjs";
import type { EvalCase } from "../../eval/eval_case.ts";
import {
  formatBytes,
  type LanguageModel,
  type Plan,
  totalBytes,
} from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { whatFits } from "../predict/fit_memory.ts";
import { partsOfType } from "../run/plan_parts.ts";
import { type PreparedRun, prepareRun } from "../predict/prepare_run.ts";
import type { Session } from "../run/session.ts";
import type { EvalMethod } from "./eval_method.ts";
import { byModel, type ModelLender } from "./model_lender.ts";

/** What jobs compute, and what they may hold. */
export interface JobsMemory {
  readonly jobs: number;
  readonly methods: readonly EvalMethod[];
  /** The case with the longest document. */
  readonly longest: EvalCase | undefined;
  readonly models: ModelLender;
  /** Bytes of KV that a job keeps in memory for several methods. */
  readonly share: number | undefined;
  /** Bytes that all together may hold; nothing: for several jobs what is free. */
  readonly limit: number | undefined;
}

/**
 * Predicts what jobs hold at the same time on the longest case; more than they may hold is a {@linkcode CliError} that
 * says what would fit. Of one job without a limit nothing is predicted.
 */
export async function checkJobsMemory(
  { jobs, methods, longest, models, share = 0, limit }: JobsMemory,
  session: Session,
): Promise<void> {
  if (!longest || jobs === 1 && limit === undefined) return;
  const allowed = limit ?? Deno.systemMemoryInfo().available;
  const prepared: Prepared[] = [];
  for (const method of methods) {
    try {
      const model = await models.modelOf(method);
      const chat = model.chatTemplate !== undefined;
      const { plan } = await method.forCase(longest, chat);
      const run = await prepareJob(plan, longest, model, share, session);
      prepared.push({ method, plan, run });
    } catch (error) {
      session.interrupt.signal.throwIfAborted();
      session.terminal.err(
        `note: what '${method.label}' needs cannot be predicted: ${
          (error as Error).message
        }\n`,
      );
    }
  }
  const each = heldByJob(prepared);
  if (jobs * each <= allowed) return;
  const { method, plan, run } = prepared.reduce((most, one) =>
    totalBytes(one.run.terms) > totalBytes(most.run.terms) ? one : most
  );
  throw new CliError(
    ExitCode.memory,
    `${jobs === 1 ? "The eval" : `${jobs} jobs`} would need about ${
      formatBytes(jobs * each)
    } (most of it for '${method.label}' on case ${longest.id}), ${
      limit === undefined
        ? `${formatBytes(allowed)} are free`
        : `--memory allows ${formatBytes(allowed)}`
    }; ${
      each <= allowed
        ? `--jobs ${Math.floor(allowed / each)} would fit`
        : totalBytes(run.terms) <= allowed
        ? "fewer methods at a time would fit"
        : whatFits(plan, run, allowed)
    }`,
  );
}

/** A method's run on the longest case. */
interface Prepared {
  readonly method: EvalMethod;
  readonly plan: Plan;
  readonly run: PreparedRun;
}

/** What one job holds at most: the sessions of all methods with one model stay open beside each other. */
function heldByJob(prepared: readonly Prepared[]): number {
  const models = byModel(prepared.map(({ method }) => method));
  return Math.max(
    0,
    ...models.map((group) => {
      const most = new Map<string, number>();
      for (const { method, run } of prepared) {
        if (!group.includes(method)) continue;
        for (const { name, bytes } of run.terms) {
          most.set(name, Math.max(bytes, most.get(name) ?? 0));
        }
      }
      return [...most.values()].reduce((sum, bytes) => sum + bytes, 0);
    }),
  );
}

function prepareJob(
  plan: Plan,
  { id, document, question }: EvalCase,
  model: LanguageModel,
  kvMemory: number,
  session: Session,
): Promise<PreparedRun> {
  const [part] = partsOfType(plan, "pc/model");
  const inputs = {
    document: of({ name: `case ${id}`, text: document }),
    question: of({ name: "question", text: question }),
  };
  const held = {
    model,
    replace: { [part!.name]: of(model) },
    [Symbol.dispose]: () => {}, // it is lent
  };
  return prepareRun(plan, { inputs, kvMemory, held }, session);
}
