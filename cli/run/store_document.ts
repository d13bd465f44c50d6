import { concatMap, from, lastValueFrom, type Observable } from "rxjs";
import {
  Budget,
  type KvChunk,
  KvStore,
  type LanguageModel,
  type Plan,
  runGraph,
} from "../../mod.ts";
import type { Part } from "./plan_parts.ts";
import type { Session } from "./session.ts";

/** What is needed to read a document once. */
export interface StoreWork {
  readonly plan: Plan;
  /** The output that gives chunks before any question was asked. */
  readonly prefill: Part;
  readonly model: LanguageModel;
  /** Streams that stand for what is there already: the model, and the chunks where they were counted. */
  readonly replace: Readonly<Record<string, Observable<unknown>>>;
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  /** Bytes of KV kept in memory. */
  readonly limit: number;
}

/** Runs the graph up to its prefill and keeps every chunk's KV cache. */
export async function storeDocument(
  { plan, prefill, model, replace, inputs, limit }: StoreWork,
  session: Session,
): Promise<KvStore> {
  const { interrupt: { signal }, clock, peak, report, checked } = session;
  const { config, bytesPerEntry, workers } = model;
  const batch = (prefill.node.options as { batch?: number }).batch ?? 1;
  const inFlight = (workers + 1) * batch * config.window * bytesPerEntry;
  const { outputs, events } = runGraph(plan, {
    outputs: [prefill.name],
    replace,
    inputs,
    budget: new Budget(limit + inFlight),
    signal,
    checked,
  });
  events.subscribe((event) => {
    clock.note(event);
    peak.sample();
    report.event(event);
  });
  const store = new KvStore(limit);
  session.interrupt.onEnd(() => store[Symbol.dispose]());
  const chunks = outputs[prefill.name] as Observable<KvChunk>;
  try {
    await lastValueFrom(
      chunks.pipe(concatMap((chunk) => from(store.add(chunk)))),
      { defaultValue: undefined },
    );
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  } finally {
    report.pause();
  }
  return store;
}
