import { concatMap, lastValueFrom, type Observable } from "rxjs";
import {
  Budget,
  type KvChunk,
  KvStore,
  type LanguageModel,
  type Plan,
  runGraph,
} from "../../mod.ts";
import { PhaseClock, type PhaseSeconds } from "../phase_clock.ts";
import { addSeconds } from "./add_seconds.ts";
import { HeldChunks } from "./held_chunks.ts";
import { runBudget } from "./run_quietly.ts";
import type { Stop } from "./stops.ts";

/** Streams in place of outputs that were computed before, for one run with that budget. */
export type Replacements = (
  budget: Budget,
) => Readonly<Record<string, Observable<unknown>>>;

/** A graph computed up to a stop. */
export interface SharedStart extends Disposable {
  /** Seconds that all of it took. */
  readonly seconds: PhaseSeconds;
  readonly replace: Replacements;
}

/** What a start is computed from. */
export interface StartWork {
  readonly model: LanguageModel;
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  readonly signal: AbortSignal;
  /** Bytes of bare KV kept in memory; the rest goes to a temporary file. */
  readonly limit: number;
  readonly replace: Replacements;
  /** What was computed before. */
  readonly seconds?: PhaseSeconds;
}

/** Runs a plan up to a stop and keeps the chunks there. */
export async function startAt(
  plan: Plan,
  { part: { name, node }, bare }: Stop,
  work: StartWork,
): Promise<SharedStart> {
  const { model, limit, replace } = work;
  const batch = (node.options as { batch?: number }).batch ?? 1;
  const inFlight = (model.workers + 1) * batch * model.config.window *
    model.bytesPerEntry;
  const budget = bare ? new Budget(limit + inFlight) : runBudget();
  const held = bare ? new KvStore(limit) : new HeldChunks();
  try {
    const seconds = await fill(held, plan, name, { ...work, budget });
    return {
      seconds: work.seconds ? addSeconds(work.seconds, seconds) : seconds,
      replace: (budget) => ({
        ...replace(budget),
        [name]: held.chunks(budget),
      }),
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

async function fill(
  held: KvStore | HeldChunks,
  plan: Plan,
  name: string,
  { inputs, replace, signal, budget }: StartWork & { readonly budget: Budget },
): Promise<PhaseSeconds> {
  const clock = new PhaseClock();
  const { outputs, events } = runGraph(plan, {
    outputs: [name],
    inputs,
    replace: replace(budget),
    signal,
    budget,
  });
  events.subscribe((event) => clock.note(event));
  const chunks = outputs[name] as Observable<KvChunk>;
  const added = chunks.pipe(concatMap(async (chunk) => await held.add(chunk)));
  await lastValueFrom(added, { defaultValue: undefined });
  return clock.seconds();
}
