import type { KvCache, QuestionStats } from "../kernels/kv_cache.ts";
import type { LanguageModel } from "../kernels/language_model.ts";

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

/** A rule that scores the entries of one layer: writes one number each, higher is better. */
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

/** Runs a rule over every layer. */
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
    return out;
  });
}

/** Attention of the question's last `rows` rows, summed (`scale` 1) or averaged (`scale` 1 / rows). */
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
