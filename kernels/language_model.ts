import type { ChatTemplate } from "../io/tokenizer/chat_template.ts";
import type { Tokenizer } from "../io/tokenizer/tokenizer.ts";
import type { DrawRule } from "./family/draw_token.ts";
import type { StepChoice } from "./family/step_graph.ts";
import type { EvictedItem, Eviction } from "./eviction/eviction.ts";
import type { KvCache, QuestionStats } from "./cache/kv_cache.ts";
import type { ModelConfig } from "../io/model_config.ts";
import type { PrefillItem } from "./prefill/prefill_item.ts";
import type { RopeFactors } from "./rope/rope_factors.ts";

export type { PrefillItem } from "./prefill/prefill_item.ts";

/** What comes back for one item of a prefill batch. */
export interface Prefilled {
  readonly cache: KvCache;
  readonly question?: QuestionStats;
}

/** A held cache that the question is run over. */
export interface RequeryItem {
  readonly cache: KvCache;
  /** Position of the question's first row: the chunk's length. */
  readonly position: number;
}

/** Query vectors of a chunk's own rows, after RoPE. */
export interface RowQueries {
  /** Index inside the chunk, lead included, of the first row. */
  readonly from: number;
  readonly rows: number;
  readonly queries: readonly Float32Array[]; // layers × [heads, rows, headDim]
}

/** How many entries of generated tokens are kept while decoding. */
export interface TailLimit {
  /** Entries a head keeps of the tokens behind the first step's rows (the question), which all stay. */
  readonly most: number;
  /**
   * Which one goes: the oldest, or the one that the newest row attends to least, of each KV head. The newest row
   * itself stays.
   */
  readonly evict: "oldest" | "attention";
}

/** How tokens are drawn that nobody looks at in between. */
export interface Draws extends DrawRule {
  /** One for every token, in [0, 1). */
  readonly points: Float64Array; // [count]
}

/** Decoding over a static cache and a growing tail. */
export interface DecodeState extends AsyncDisposable {
  /** Entries a KV head of the tail holds: the rows run so far, without those that a limit took away. */
  readonly tailEntries?: number;
  /** Runs `ids` at the next positions; resolves to the logits of the last one. */
  step(ids: Int32Array, signal?: AbortSignal): Promise<Float32Array>; // [vocab]
  /**
   * Runs `last` and on from it; resolves to the `count` tokens that follow, each the likeliest behind the one before.
   * Present where that takes less than as many steps.
   */
  greedy?(
    last: number,
    count: number,
    signal?: AbortSignal,
  ): Promise<Int32Array>; // [count]
  /**
   * The same, but each of the tokens that follow is drawn, at its point: what `draw` of `candidates` gives of its logits
   * (stages/sampler.ts). Present where it was asked for and takes less than as many steps.
   */
  sampled?(
    last: number,
    draws: Draws,
    signal?: AbortSignal,
  ): Promise<Int32Array>; // [count]
}

/** A loaded model: the only thing that stages ask to compute. Sessions live in workers. */
export interface LanguageModel extends AsyncDisposable {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly chatTemplate?: ChatTemplate;
  /** What computes: `cpu`, `webgpu` or `cuda`. */
  readonly provider: string;
  /** Sessions that can prefill at the same time. */
  readonly workers: number;
  /** Bytes of one KV entry over all layers: layers × 2 × kvHeads × headDim × 4. */
  readonly bytesPerEntry: number;
  /** Prefills a micro-batch of independent chunks in one call. */
  prefill(
    batch: readonly PrefillItem[],
    signal?: AbortSignal,
  ): Promise<readonly Prefilled[]>;
  /**
   * The same, but only the entries that an eviction keeps come back: the rest never leaves the session. The items'
   * tails vote where the rule needs attention. Where a model cannot, chunks are prefilled whole and evicted after.
   */
  prefillEvicted?(
    batch: readonly EvictedItem[],
    eviction: Eviction,
    signal?: AbortSignal,
  ): Promise<readonly Prefilled[]>;
  /** Runs the tail's rows over each of some held caches, in one call; the caches are not changed. */
  requery(
    items: readonly RequeryItem[],
    tail: Int32Array,
    signal?: AbortSignal,
  ): Promise<readonly QuestionStats[]>;
  /**
   * Attention that the question's rows pay to every entry: Σ_r weights[r] · softmax(q_r Kᵀ/√d), the softmax
   * over the cache's entries and, causally, the tail's own keys. Padded entries get 0.
   */
  attention(
    cache: KvCache,
    question: QuestionStats,
    weights: Float32Array, // [rows]
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]>; // layers × [heads, entries]
  /**
   * Query vectors of the rows of a chunk from index `from` on: the chunk is computed again.
   *
   * @param factors By what the chunk's keys were turned (`KvCache.ropeFactors`).
   */
  rowQueries(
    ids: Int32Array, // [tokens], lead included
    from: number,
    signal?: AbortSignal,
    factors?: RopeFactors,
  ): Promise<RowQueries>;
  /**
   * Attention that a chunk's own rows pay to every entry its cache still holds and that does not lie behind them:
   * Σ_r weights[r] · softmax(q_r Kᵀ/√d). Padded entries get 0.
   */
  ownAttention(
    cache: KvCache,
    rows: RowQueries,
    weights: Float32Array, // [rows]
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]>; // layers × [heads, entries]
  /**
   * Opens decoding over `cache`; the first step's first id sits at `position`. With a limit the tail stops growing;
   * positions go on as if nothing had been dropped.
   *
   * @param choice How most tokens will be chosen, if without being looked at: `greedy` (default) or `sampled`.
   */
  decode(
    cache: KvCache,
    position: number,
    limit?: TailLimit,
    choice?: StepChoice,
  ): Promise<DecodeState>;
}
