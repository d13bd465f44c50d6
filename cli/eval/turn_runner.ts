import { metricOf } from "../../eval/metrics/mod.ts";
import type { LanguageModel } from "../../mod.ts";
import type { Failure } from "../experiment/row.ts";
import { failureOf, runCase } from "../experiment/sweep_runs.ts";
import type { PeakMemory } from "../run/peak_memory.ts";
import type { EvalJob, EvalMethod } from "./eval_method.ts";
import { type EvalOutcome, evalOutcome } from "./eval_row.ts";
import type { EvalTurn } from "./eval_turns.ts";
import type { ModelLender } from "./model_lender.ts";

/** Called with what came of a method on the case. */
export type SayOutcome = (
  method: EvalMethod,
  outcome: EvalOutcome | Failure,
) => void;

/** What computes turns, one at a time. */
export interface TurnRunner {
  /** Resolves when every method of the turn has an outcome. */
  run(turn: EvalTurn, say: SayOutcome): Promise<void>;
}

/** Computes in this thread, with workers for kernels alone. */
export class OwnTurnRunner implements TurnRunner {
  /** @param share Bytes of KV to keep in memory for several methods; nothing: every row computes its own. */
  constructor(
    readonly models: ModelLender,
    readonly share: number | undefined,
    readonly peak: PeakMemory,
    readonly signal: AbortSignal,
  ) {}

  async run(turn: EvalTurn, say: SayOutcome): Promise<void> {
    const model = await this.models.modelOf(turn.methods[0]!);
    const jobs = await this.#jobs(turn, model, say);
    if (jobs.length === 0) return;
    const { given } = turn;
    const metric = metricOf(given.metric);
    await metric.ready?.();
    const judge = (prediction: string) => metric.score(prediction, given);
    const { signal, share } = this;
    const document = { name: `case ${given.id}`, text: given.document };
    const { question } = given;
    const work = { document, question, model, signal, share };
    for await (const [{ method }, ran] of runCase(jobs, work)) {
      say(
        method,
        "error" in ran ? ran : evalOutcome(ran, this.peak.bytes, judge),
      );
    }
  }

  /** The methods with what the case changes; those that cannot take it have failed. */
  async #jobs(
    { given, methods }: EvalTurn,
    { chatTemplate }: LanguageModel,
    say: SayOutcome,
  ): Promise<EvalJob[]> {
    const jobs: EvalJob[] = [];
    for (const method of methods) {
      try {
        jobs.push(await method.forCase(given, chatTemplate !== undefined));
      } catch (error) {
        say(method, failureOf(error, this.signal));
      }
    }
    return jobs;
  }
}
