import { concatMap, from, lastValueFrom, type Observable } from "rxjs";
import {
  Budget,
  type KvChunk,
  KvStore,
  type LanguageModel,
  type Plan,
  runGraph,
} from "../../mod.ts";
import { PhaseClock, type PhaseSeconds } from "../phase_clock.ts";
import { type Part, partWithoutFacet } from "../plan_parts.ts";
import { upstreamKey } from "./effective_graph.ts";

/** Where a plan's chunks have their KV and were not asked anything: what several variations can start from. */
export interface Prefix {
  readonly part: Part;
  /** Equal for plans that compute the same up to there. */
  readonly key: string;
}

/** The part of a plan that can be computed once; nothing where the question runs with the chunks. */
export function prefixOf(plan: Plan): Prefix | undefined {
  const part = partWithoutFacet(plan, "pc/kv-chunk", "question");
  return part && { part, key: upstreamKey(plan, part) };
}

/** Chunks that were prefilled once. */
export interface SharedPrefill extends Disposable {
  readonly seconds: PhaseSeconds;
  readonly peakBytes: number;
  /** The stored chunks, for one run with that budget. */
  chunks(budget: Budget): Observable<KvChunk>;
}

/** What is prefilled. */
export interface SharedWork {
  readonly model: LanguageModel;
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  readonly replace: Readonly<Record<string, Observable<unknown>>>;
  readonly signal: AbortSignal;
  /** Bytes of KV kept in memory; the rest goes to a temporary file. */
  readonly limit: number;
}

/** Runs a plan up to its prefill and keeps every chunk's KV cache. */
export async function sharePrefill(
  plan: Plan,
  { part }: Prefix,
  { model, inputs, replace, signal, limit }: SharedWork,
): Promise<SharedPrefill> {
  const { config, bytesPerEntry, workers } = model;
  const batch = (part.node.options as { batch?: number }).batch ?? 1;
  const inFlight = (workers + 1) * batch * config.window * bytesPerEntry;
  const budget = new Budget(limit + inFlight);
  const clock = new PhaseClock();
  const { outputs, events } = runGraph(plan, {
    outputs: [part.name],
    inputs,
    replace,
    signal,
    budget,
  });
  events.subscribe((event) => clock.note(event));
  const store = new KvStore(limit);
  const chunks = outputs[part.name] as Observable<KvChunk>;
  try {
    await lastValueFrom(
      chunks.pipe(concatMap((chunk) => from(store.add(chunk)))),
      { defaultValue: undefined },
    );
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
  return {
    seconds: clock.seconds(),
    peakBytes: budget.peak,
    chunks: (budget) => store.chunks(budget),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}
