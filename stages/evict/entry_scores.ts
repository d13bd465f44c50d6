import type { KvCache, QuestionStats } from "../../kernels/kv_cache.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { headEntries } from "../cache/new_cache.ts";

/** One layer of a cache, as an evictor's rule sees it. Padding behind ragged heads is scored too, and ignored. */
export interface EntryScoreInput {
  readonly layer: number;
  readonly layers: number;
  /** Query heads of `attention`; `kvHeads` where no attention is asked for. */
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly entries: number;
  readonly keys: Float32Array; // [kvHeads, entries, headDim]
  readonly values: Float32Array; // [kvHeads, entries, headDim]
  /** Index of every entry inside its chunk, lead included. */
  readonly positions: Int32Array; // [kvHeads, entries]
  /** Real entries of each KV head where heads are ragged. */
  readonly counts?: Int32Array; // [kvHeads]
  /** Entries of the lead (BOS, template head); they are kept whatever their score. */
  readonly lead: number;
  /** Place of the chunk in the document; 0 for a merged cache. */
  readonly chunk: number;
  /** Attention of the question's rows, summed over rows; where the rule needs it. */
  readonly attention?: Float32Array; // [heads, entries]
}

/**
 * A rule that scores the entries of one layer: writes one number each, higher is better. Infinite scores count as
 * the largest finite ones, below entries that are protected; NaN is a `RangeError`.
 */
export type EntryScore<O> = (
  input: EntryScoreInput,
  out: Float32Array, // [kvHeads, entries]
  options: O,
) => void;

/** What is scored. */
export interface ScoredCache {
  readonly cache: KvCache;
  readonly lead: number;
  readonly chunk: number;
  readonly attention?: readonly Float32Array[] | undefined; // layers × [heads, entries]
}

/** The largest finite score: infinity is for entries that are protected. */
const MOST = 3.4028234663852886e38;

/** Runs a rule over every layer; the scores of real entries are finite. */
export function scoreEntries<O>(
  score: EntryScore<O>,
  { cache, lead, chunk, attention }: ScoredCache,
  options: O,
): Float32Array[] {
  const { kvHeads, headDim, layers } = cache;
  return layers.map((layer, l) => {
    const out = new Float32Array(kvHeads * layer.entries); // [kvHeads, entries]
    const mass = attention?.[l];
    score(
      {
        ...layer,
        layer: l,
        layers: layers.length,
        heads: mass ? mass.length / layer.entries : kvHeads,
        kvHeads,
        headDim,
        lead,
        chunk,
        ...(mass && { attention: mass }),
      },
      out,
      options,
    );
    for (let head = 0; head < kvHeads; head++) {
      const from = head * layer.entries;
      const real = out.subarray(from, from + headEntries(layer, head)); // [held]
      const bad = makeFinite(real);
      if (bad < 0) continue;
      throw new RangeError(
        `Score of chunk ${chunk}, layer ${l}, KV head ${head}, entry ${bad} is not a number`,
      );
    }
    return out;
  });
}

/** Brings infinite scores to the largest finite ones; gives the first index that holds NaN, or -1. */
function makeFinite(scores: Float32Array): number {
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (Number.isNaN(score)) return i;
    if (Math.abs(score) === Infinity) scores[i] = Math.sign(score) * MOST;
  }
  return -1;
}

/** Attention of the question's last `rows` rows (of all where it has fewer), summed, or averaged where `mean` is set. */
export function lastRowsAttention(
  model: LanguageModel,
  cache: KvCache,
  question: QuestionStats,
  last: { readonly rows: number; readonly mean?: boolean },
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const total = question.ids.length;
  const used = Math.min(last.rows, total);
  const weights = new Float32Array(total); // [rows]
  weights.fill(last.mean ? 1 / used : 1, total - used);
  return model.attention(cache, question, weights, signal);
}
