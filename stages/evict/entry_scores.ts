import type { KvCache } from "../../kernels/cache/kv_cache.ts";
import { headEntries } from "../cache/new_cache.ts";
import type { GivenNeeds } from "./needs/need.ts";

/**
 * One layer of a cache, as an evictor's rule sees it: what is always there, and what the rule needs. Padding behind
 * ragged heads is scored too, and ignored.
 */
export interface EntryScoreInput extends GivenNeeds {
  readonly layer: number;
  readonly layers: number;
  /** Query heads of what the rule needs; `kvHeads` where it needs nothing of query heads. */
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
  /** Entries of the chunk before anything was dropped, lead included: positions lie below it. */
  readonly length: number;
  /** Index of the chunk that every entry came from, in a merged cache. */
  readonly chunks?: Int32Array; // [kvHeads, entries]
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
  /** Entries before anything was dropped; default: as many as there are. */
  readonly length?: number;
  /** What the rule needs, by layer. */
  readonly given?: readonly GivenNeeds[]; // layers
}

/** The largest finite score: infinity is for entries that are protected. */
const MOST = 3.4028234663852886e38;

/** Runs a rule over every layer; the scores of real entries are finite. */
export function scoreEntries<O>(
  score: EntryScore<O>,
  { cache, lead, chunk, length, given = [] }: ScoredCache,
  options: O,
): Float32Array[] {
  const { kvHeads, headDim, layers } = cache;
  return layers.map((layer, l) => {
    const out = new Float32Array(kvHeads * layer.entries); // [kvHeads, entries]
    const needs = given[l] ?? {};
    score(
      {
        ...layer,
        layer: l,
        layers: layers.length,
        heads: queryHeads(needs, layer.entries, headDim) ?? kvHeads,
        kvHeads,
        headDim,
        lead,
        chunk,
        length: length ?? layer.entries,
        ...needs,
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

/** Query heads of what a rule was given. */
function queryHeads(
  given: GivenNeeds,
  entries: number,
  headDim: number,
): number | undefined {
  if (given.queries) return given.queries.mean.length / headDim;
  const { attention, recent, received, lookahead, nullAttention } = given;
  const mass = attention ?? recent ?? received ?? lookahead ?? nullAttention; // [heads, entries]
  return mass && mass.length / entries;
}
