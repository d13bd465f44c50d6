import { type Observable, of } from "rxjs";
import type { Answer, KvCache, LanguageModel, Plan } from "../../mod.ts";
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
  const { answer, ...run } = await runQuietly(plan, {
    inputs,
    replace: { [partsOfType(plan, "pc/model")[0]!.name]: of(watched) },
    signal,
  });
  const only = answer.kept.length === 1 ? answer.kept[0]!.chunk : undefined;
  const [first] = opened; // a cache that shrinks while decoding is opened again
  const kept = first?.kept(only);
  return {
    graph,
    answer,
    tokens: tokenTexts(ids, answer, model),
    ...run,
    ...(first && { bytes: first.bytes }),
    ...(kept && { kept }),
    logits,
  };
}

/** What is remembered of a cache. */
interface ReadCache {
  readonly bytes: number;
  /** @param only The chunk that all entries came from, for a cache that does not say. */
  kept(only?: number): KeptSets | undefined;
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
    bytes: cache.bytes,
    kept: (only) => keptSets(copy, only),
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
