import { concatMap, lastValueFrom, type Observable, of } from "rxjs";
import {
  Budget,
  type KvChunk,
  KvStore,
  type LanguageModel,
  runGraph,
} from "../../mod.ts";
import { PhaseClock, type PhaseSeconds } from "../run/phase_clock.ts";
import { partsOfType } from "../run/plan_parts.ts";
import { addSeconds } from "./add_seconds.ts";
import { HeldChunks } from "./held_chunks.ts";
import { runBudget } from "./run_quietly.ts";
import { type ChunkScores, noteScore } from "./chunk_scores.ts";
import type { Startable, Stop, Stopping } from "./stops.ts";

/**
 * Streams in place of outputs that were computed before, for one run with that budget; by what the outputs are called
 * in the graph that is run.
 */
export type Replacements = (
  budget: Budget,
  graph: Stopping,
) => Readonly<Record<string, Observable<unknown>>>;

/** A graph computed up to a stop. */
export interface SharedStart extends Disposable {
  /** Seconds that all of it took. */
  readonly seconds: PhaseSeconds;
  /** What the chunks were scored, where that came before the stop. */
  readonly scores: ChunkScores;
  readonly replace: Replacements;
}

/** What a start is computed from. */
export interface StartWork {
  readonly model: LanguageModel;
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  readonly signal: AbortSignal;
  /** Bytes of bare KV kept in memory; the rest goes to a temporary file. */
  readonly limit: number;
  /** What was computed before. */
  readonly before?: SharedStart;
}

/** Runs a graph up to a stop and keeps the chunks there. */
export async function startAt(
  graph: Startable,
  { part: { node }, bare, key }: Stop,
  work: StartWork,
): Promise<SharedStart> {
  const { model, limit, before } = work;
  const batch = (node.options as { batch?: number }).batch ?? 1;
  const inFlight = (model.workers + 1) * batch * model.config.window *
    model.bytesPerEntry;
  const budget = bare ? new Budget(limit + inFlight) : runBudget();
  const held = bare ? new KvStore(limit) : new HeldChunks();
  try {
    const scores = { ...before?.scores };
    const seconds = await fill(held, graph, key, scores, { ...work, budget });
    return {
      seconds: before ? addSeconds(before.seconds, seconds) : seconds,
      scores,
      replace: (budget, graph) => ({
        ...before?.replace(budget, graph),
        [nameAt(graph, key)]: held.chunks(budget),
      }),
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

/** What a graph calls a stop. */
function nameAt({ stops }: Stopping, key: string): string {
  return stops.find((stop) => stop.key === key)!.part.name;
}

async function fill(
  held: KvStore | HeldChunks,
  graph: Startable,
  key: string,
  scores: ChunkScores,
  { inputs, before, model, signal, budget }: StartWork & {
    readonly budget: Budget;
  },
): Promise<PhaseSeconds> {
  const { plan } = graph;
  const name = nameAt(graph, key);
  const clock = new PhaseClock();
  const { outputs, events } = runGraph(plan, {
    outputs: [name],
    inputs,
    replace: {
      ...before?.replace(budget, graph),
      [partsOfType(plan, "pc/model")[0]!.name]: of(model),
    },
    signal,
    budget,
  });
  events.subscribe((event) => {
    clock.note(event);
    noteScore(scores, event);
  });
  const chunks = outputs[name] as Observable<KvChunk>;
  const added = chunks.pipe(concatMap(async (chunk) => await held.add(chunk)));
  await lastValueFrom(added, { defaultValue: undefined });
  return clock.seconds();
}
