import type {
  KvCache,
  QuestionStats,
} from "../../../kernels/cache/kv_cache.ts";
import type { LanguageModel } from "../../../kernels/language_model.ts";
import type { Prompt } from "../../types.ts";

/**
 * What a rule may ask for beyond keys, values and positions:
 * - `attention`: of the question's rows
 * - `attention:recent`: of the chunk's own last rows
 * - `attention:received`: of all of the chunk's own rows
 * - `queries`: how the chunk's own queries are spread
 * - `lookahead`: attention of tokens that are decoded behind chunk and question
 * - `null`: attention of a question that asks nothing
 * - `text`: bytes of the chunk's tokens
 */
export type NeedName =
  | "attention"
  | "attention:recent"
  | "attention:received"
  | "queries"
  | "lookahead"
  | "null"
  | "text";

/** Expected queries of the positions behind a chunk, by query head. */
export interface QueryStatistics {
  readonly mean: Float32Array; // [heads, headDim]
  readonly covariance: Float32Array; // [heads, headDim, headDim]
}

/** What one layer's rule is given of its needs. */
export interface GivenNeeds {
  /** Attention of the question's rows, summed over rows. */
  readonly attention?: Float32Array; // [heads, entries]
  /** Attention of the chunk's last rows, summed over rows. */
  readonly recent?: Float32Array; // [heads, entries]
  /** Attention of every row of the chunk, summed over rows. */
  readonly received?: Float32Array; // [heads, entries]
  /** Attention of the rows that were decoded ahead, summed over rows. */
  readonly lookahead?: Float32Array; // [heads, entries]
  /** Attention of the empty question's rows, scaled to as many rows as `attention` sums. */
  readonly nullAttention?: Float32Array; // [heads, entries]
  readonly queries?: QueryStatistics;
  /** Bytes of the token at every position of the chunk; none for special tokens. */
  readonly pieces?: readonly Uint8Array[]; // [length]
}

/** How much of its needs a rule asks for. */
export interface NeedAmounts {
  /** Last rows of the question that vote, in `attention` and in `null`; default: all. */
  readonly rows: number;
  /** Last rows of the chunk that vote in `attention:recent`; default 64. */
  readonly recent: number;
  /** Tokens decoded for `lookahead`; default 8. */
  readonly tokens: number;
  /** Whether the question's rows vote beside those of `lookahead`; default: no. */
  readonly withQuestion: boolean;
  /** First rows of the chunk that `queries` leaves out; default 4. */
  readonly skip: number;
  /** Positions behind the chunk that `queries` looks at; default 512. */
  readonly future: number;
}

/** A cache, and what is known about where it came from. */
export interface NeedSubject {
  readonly cache: KvCache;
  /** Position of the question's first row: the chunk's length before anything was dropped. */
  readonly position: number;
  /** Facet `question`. */
  readonly question?: QuestionStats;
  /** Ids of the chunk, lead included; absent for a merged context. */
  readonly ids?: Int32Array; // [length]
}

/** With what needs are computed; the graph was checked for what a rule's needs ask for. */
export interface NeedWork {
  readonly model: LanguageModel;
  readonly prompt?: Prompt | undefined;
  readonly amounts: NeedAmounts;
  readonly signal: AbortSignal;
}

/** Turns one need into ports and facets, and computes it. */
export interface Need {
  /** Facets that the chunks must carry. */
  readonly facets: readonly "question"[];
  /** Inputs that the stage must have. */
  readonly ports: readonly ("model" | "prompt")[];
  /** Whether it can be had of a merged context. */
  readonly merged: boolean;
  give(
    subject: NeedSubject,
    work: NeedWork,
  ): Promise<readonly GivenNeeds[]>; // layers
}
