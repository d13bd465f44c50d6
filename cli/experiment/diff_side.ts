import { type Observable, of } from "rxjs";
import {
  type Answer,
  fusePlan,
  type KvCache,
  type LanguageModel,
  type MergedContext,
  type Plan,
} from "../../mod.ts";
import { chooseTaps } from "../record/taps.ts";
import type { PhaseSeconds } from "../run/phase_clock.ts";
import { partsOfType } from "../run/plan_parts.ts";
import { type KeptSets, keptSets } from "./kept_sets.ts";
import { watchDecoding } from "./recording_model.ts";
import { runQuietly } from "./run_quietly.ts";

/** What one of two graphs did with the input. */
export interface Side {
  readonly graph: string;
  readonly answer: Answer;
  /** Text of every token of the answer; a token that is part of a character has U+FFFD. */
  readonly tokens: readonly string[];
  readonly seconds: PhaseSeconds;
  /** The most bytes of KV that were leased at the same time. */
  readonly peakBytes: number;
  /** Bytes of the cache that the answer was decoded over; nothing where nothing was decoded. */
  readonly bytes?: number;
  /** Entries of that cache; nothing where it does not say from which chunks they came. */
  readonly kept?: KeptSets;
  /** Whether these entries are of kept tokens that were read again as one text. */
  readonly again: boolean;
  /** For every token after the question, the first that of the answer; none where nothing was decoded. */
  readonly logits: readonly Float32Array[]; // steps × [vocab]
  readonly warnings: readonly string[];
}

/** What both graphs are run on. */
export interface SideWork {
  readonly graph: string;
  readonly model: LanguageModel;
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  readonly signal: AbortSignal;
}

/** Runs one graph and remembers what it decoded over, and what came of it. */
export async function runSide(
  plan: Plan,
  { graph, model, inputs, signal }: SideWork,
): Promise<Side> {
  const opened: ReadCache[] = [];
  const logits: Float32Array[] = []; // steps × [vocab]
  const ids: number[] = [];
  const watched = watchDecoding(model, {
    opened: (cache) => void opened.push(readCache(cache)),
    stepped: (rows, next) => {
      if (logits.length > 0) ids.push(...rows);
      logits.push(next.slice()); // [vocab]
    },
  });
  const loads = partsOfType(plan, "pc/model")[0]!.name;
  const places = new WeakMap<KvCache, Int32Array>(); // [position]
  const look = (value: unknown) => {
    const { cache, places: of } = value as MergedContext;
    if (of) places.set(cache, of);
  };
  const { answer, ...run } = await runQuietly(plan, {
    inputs,
    replace: { [loads]: of(watched) },
    signal,
    watch: new Map(mergedOutputs(plan, loads).map((name) => [name, look])),
  });
  const only = answer.kept.length === 1 ? answer.kept[0]!.chunk : undefined;
  const [first] = opened; // a cache that shrinks while decoding is opened again
  const placed = first && places.get(first.cache);
  const kept = first?.kept(only, placed);
  return {
    graph,
    answer,
    tokens: tokenTexts(ids, answer, model),
    ...run,
    ...(first && { bytes: first.bytes }),
    ...(kept && { kept }),
    again: placed !== undefined,
    logits,
  };
}

/** The graph's merged contexts that exist in a run which is given the model. */
function mergedOutputs(plan: Plan, model: string): string[] {
  const ends = Object.values(plan.outputs);
  return chooseTaps(plan, fusePlan(plan, ends, new Set([model])))
    .filter(({ type }) => type === "pc/merged-context")
    .map(({ name }) => name);
}

/** What is remembered of a cache. */
interface ReadCache {
  /** By which its context is found once the run has ended. */
  readonly cache: KvCache;
  readonly bytes: number;
  /**
   * @param only The chunk that all entries came from, for a cache that does not say.
   * @param places Where what stands at each position stood in its chunk, for a cache of tokens that were read again.
   */
  kept(only?: number, places?: Int32Array): KeptSets | undefined;
}

/** Copies what has to outlive the cache. */
function readCache(cache: KvCache): ReadCache {
  const layers = cache.layers.map((layer) => ({
    ...layer,
    positions: layer.positions.slice(), // [kvHeads, entries]
    ...(layer.chunks && { chunks: layer.chunks.slice() }), // [kvHeads, entries]
  }));
  const copy = { ...cache, layers };
  return {
    cache,
    bytes: cache.bytes,
    kept: (...known) => keptSets(copy, ...known),
  };
}

/** The answer token by token; its last token was chosen but not run, so it is what is left of the text. */
function tokenTexts(
  ids: readonly number[],
  { answer }: Answer,
  { tokenizer }: LanguageModel,
): string[] {
  const texts: string[] = [];
  const bytes = new TextEncoder().encode(answer);
  let at = 0;
  const take = (to: number) => {
    const piece = bytes.subarray(at, to);
    if (piece.length > 0) texts.push(new TextDecoder().decode(piece));
    at = to;
  };
  for (const id of ids) take(at + tokenizer.tokenBytes(id).length);
  take(bytes.length);
  return texts;
}
